//! What `status` shows to people.

use chrono::{DateTime, SecondsFormat, Utc};

use super::report::{
    ConnectionsJson, DeletedUsersJson, KeyJson, OutboxJson, Report, UpstreamJson, WebhooksJson,
};
use crate::cli::table::table;

impl Report {
    /// The same for people.
    pub fn text(&self) -> String {
        let Self { version, at, database, refreshes, leases, revocations, spool, .. } = self;
        let mut text = format!(
            "provider-connections {version}, {}\n{} {}, {} migrations ({})\n\n",
            time(*at),
            database.kind,
            database.version,
            database.migrations,
            database.state,
        );
        let mut section = |head: &[&str], rows: Vec<Vec<String>>, none: &str| {
            if rows.is_empty() {
                text += none;
                text += "\n\n";
                return;
            }
            let head = head.iter().map(|cell| (*cell).to_owned()).collect();
            text += &table(&[vec![head], rows].concat());
            text.push('\n');
        };
        section(
            &["PROVIDER", "STATUS", "CONNECTIONS", "ENDING SOON", "FAILING SINCE"],
            self.connections.iter().map(ConnectionsJson::row).collect(),
            "No connections.",
        );
        section(
            &["UPSTREAM", "FAILURES", "FAILING SINCE", "PAUSED UNTIL", "LAST SUCCESS"],
            self.upstreams.iter().map(UpstreamJson::row).collect(),
            "No upstream has been called yet.",
        );
        section(
            &["REVOKING AT", "GRANTS", "DUE", "OLDEST", "MOST ATTEMPTS"],
            revocations.by_provider.iter().map(OutboxJson::row).collect(),
            "No grants to revoke.",
        );
        if let Some(keys) = &self.keys {
            section(
                &["KEY", "ROLE", "TOKENS"],
                keys.iter().map(KeyJson::row).collect(),
                "No keys.",
            );
        }
        text += &table(&[
            vec!["refreshes due".to_owned(), refreshes.due.to_string()],
            vec![
                "refreshes overdue".to_owned(),
                format!("{} (oldest {} s)", refreshes.overdue, refreshes.oldest_lag_seconds),
            ],
            vec!["leases held".to_owned(), leases.held.to_string()],
            vec!["leases abandoned".to_owned(), leases.abandoned.to_string()],
            vec!["receipts owed".to_owned(), revocations.owed_receipts.to_string()],
            vec!["oldest event".to_owned(), known(self.events.oldest_at)],
            vec!["webhooks pending".to_owned(), self.webhooks.pending_text()],
            vec!["webhooks failed".to_owned(), self.webhooks.dead.to_string()],
            vec!["deleted users".to_owned(), DeletedUsersJson::text(self.deleted_users.as_ref())],
            vec![
                "spool files on this machine".to_owned(),
                format!("{} in {}", spool.files, spool.folder),
            ],
        ]);
        text
    }
}

impl ConnectionsJson {
    fn row(&self) -> Vec<String> {
        let Self { provider, status, number, failing_since, ending_soon } = self;
        vec![
            (*provider).to_owned(),
            (*status).to_owned(),
            number.to_string(),
            ending_soon.to_string(),
            failing_since.map(time).unwrap_or_default(),
        ]
    }
}

impl UpstreamJson {
    fn row(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            self.failures.to_string(),
            known(self.failing_since),
            known(self.paused_until),
            known(self.last_success_at),
        ]
    }
}

impl OutboxJson {
    fn row(&self) -> Vec<String> {
        vec![
            self.provider.to_owned(),
            self.number.to_string(),
            self.due.to_string(),
            known(self.oldest_at),
            self.most_attempts.to_string(),
        ]
    }
}

impl DeletedUsersJson {
    fn text(status: Option<&Self>) -> String {
        let Some(status) = status else { return "not searched for".to_owned() };
        let searched = match status.searched_at {
            Some(at) => format!("searched for at {}", time(at)),
            None => "being searched for".to_owned(),
        };
        let refused = match status.refused {
            Some(why) => format!(", nobody was removed: {why}, the log has what to do"),
            None => String::new(),
        };
        format!("{searched}, {} users missing{refused}", status.missing)
    }
}

impl WebhooksJson {
    fn pending_text(&self) -> String {
        let oldest = self.oldest_pending_at.map(|at| format!(" (oldest {})", time(at)));
        let stop = match (self.disabled_since, self.paused_until) {
            (Some(at), _) => {
                format!(", stopped at {}: the receiver answered 410 Gone", time(at))
            }
            (None, Some(at)) => {
                format!(", paused until {}: the receiver asked to wait", time(at))
            }
            (None, None) => String::new(),
        };
        format!("{}{}{stop}", self.pending, oldest.unwrap_or_default())
    }
}

impl KeyJson {
    fn row(&self) -> Vec<String> {
        vec![self.id.clone(), self.role.to_owned(), self.sealed.to_string()]
    }
}

fn known(at: Option<DateTime<Utc>>) -> String {
    at.map_or("-".to_owned(), time)
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
