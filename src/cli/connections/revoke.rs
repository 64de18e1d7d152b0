#![expect(clippy::doc_markdown, reason = "the comments of arguments are help for a terminal")]

use std::{io, path::PathBuf};

use chrono::{DateTime, Utc};
use clap::Args;
use domain::Provider;
use serde::Serialize;
use uuid::Uuid;

use super::{
    confirm::confirm,
    facts::provider,
    open::{Opened, ServerArgs},
    print::{Lines, unless_closed},
    progress::Progress,
    receipts::Receipts,
    shred,
};
use crate::{
    cli::CommandError,
    connections::{CantRevoke, Connections, Reporter, RevokedMany},
    store::{Receipt, Selected, Selection},
    upstream::display_name,
};

/// Connections that are read at once.
const PAGE: u64 = 500;

#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
#[derive(Args)]
pub struct RevokeArgs {
    #[command(flatten)]
    server: ServerArgs,

    /// The providers whose grants end, separated by commas, such as google
    #[arg(
        long,
        value_name = "ID,…",
        value_delimiter = ',',
        value_parser = provider,
        required_unless_present = "all_providers"
    )]
    provider: Vec<Provider>,
    /// Those of every provider
    #[arg(long, conflicts_with = "provider")]
    all_providers: bool,
    /// Only of connections that were made before this time, such as 2026-11-29T07:00:00Z; by default
    /// now. Name it, so that the command can be repeated while users connect anew
    #[arg(long, value_name = "TIME", value_parser = moment)]
    connected_before: Option<DateTime<Utc>>,
    /// Only of this user, by their id in Nhost Auth
    #[arg(long, value_name = "UUID")]
    user: Option<Uuid>,

    /// Print what would be revoked, a line of JSON for each connection, and change nothing
    #[arg(long, conflicts_with_all = ["receipts", "shred"])]
    dry_run: bool,
    /// Write the receipts behind what is in this file, instead of to standard output
    #[arg(long, value_name = "FILE")]
    receipts: Option<PathBuf>,
    /// Remove connections here also where the provider could end their grants, but this server has no
    /// client credentials for it
    #[arg(long)]
    allow_unrevoked: bool,
    /// Shred these keys of ENCRYPTION_KEYS afterwards, by their ids: no server starts with one of
    /// them in front any more
    #[arg(long, value_name = "KEY-ID,…", value_delimiter = ',')]
    shred: Vec<String>,
    /// Don't ask
    #[arg(long)]
    yes: bool,
}

/// What `--dry-run` prints of a connection.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WouldRevoke {
    dry_run: bool,
    connection_id: Uuid,
    user_id: Uuid,
    provider: &'static str,
    connected_at: DateTime<Utc>,
    /// Whether the provider would be told.
    revocable: bool,
}

/// Reads a time.
fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    let read = DateTime::parse_from_rfc3339(text);
    read.map(|at| at.with_timezone(&Utc))
        .map_err(|_| "write a date, a time and its zone, such as 2026-11-29T07:00:00Z".to_owned())
}

/// Ends grants. Answers whether every receipt is final.
pub async fn run(arguments: RevokeArgs) -> Result<bool, CommandError> {
    let opened = arguments.server.open().await?;
    let connections = opened.connections().await?;
    shred::check(&arguments.shred, &opened, arguments.yes)?;
    let connected_before = match arguments.connected_before {
        Some(before) => before,
        None => opened.store.time().await?,
    };
    let providers =
        if arguments.all_providers { Provider::ALL.to_vec() } else { arguments.provider };
    let selection = Selection { providers, connected_before, user_id: arguments.user };
    let counts = opened.store.count_selected(&selection).await?;
    describe(&connections, &counts);
    if arguments.dry_run {
        print_all(&opened, &connections, &selection).await?;
        opened.store.close().await;
        return Ok(true);
    }
    if !arguments.allow_unrevoked {
        let providers: Vec<_> = counts.iter().map(|(provider, _)| *provider).collect();
        refuse_unrevoked(&connections.cannot_revoke(&providers))?;
    }
    let total: i64 = counts.iter().map(|(_, number)| number).sum();
    let total = u64::try_from(total).unwrap_or_default();
    let owed = opened.store.count_owed_receipts(&selection).await?;
    let mut done = true;
    if total + owed == 0 {
        eprintln!("No connection matches, and no receipt is owed.");
    } else {
        let receipts = Receipts::to(arguments.receipts.as_deref())?;
        if total > 0 {
            let what = format!("{total} connections are removed, and their users sign in again.");
            confirm(&what, arguments.yes)?;
        }
        if owed > 0 {
            eprintln!("{owed} receipts of an earlier run are owed.");
        }
        if arguments.connected_before.is_none() {
            eprintln!(
                "To go on after an interruption, add --connected-before {}",
                connected_before.to_rfc3339()
            );
        }
        let mut reporter = Terminal {
            receipts,
            removing: Progress::new("removed here", total),
            settling: Progress::new("receipts", total + owed),
            waits: false,
        };
        let ended = connections.revoke_many(&selection, &mut reporter).await;
        reporter.removing.finish();
        reporter.settling.finish();
        done = sum_up(ended?);
    }
    if !arguments.shred.is_empty() {
        if !done {
            return Err(
                "no key was shredded: the tokens that are left are needed to revoke their \
                        grants. Run the same command again when the provider answers."
                    .into(),
            );
        }
        shred::shred(&arguments.shred, &opened).await?;
    }
    opened.store.close().await;
    Ok(done)
}

/// What will become of the connections of each provider.
fn describe(connections: &Connections, counts: &[(Provider, i64)]) {
    for (provider, number) in counts {
        let name = display_name(*provider);
        let then = if connections.revokes(*provider) {
            format!("their grants end at {name}")
        } else {
            format!("{name} can't be told: docs/incident.md says what to do there")
        };
        eprintln!("{provider}: {number} connections are removed here; {then}");
    }
}

fn refuse_unrevoked(lacking: &[CantRevoke]) -> Result<(), CommandError> {
    if lacking.is_empty() {
        return Ok(());
    }
    let settings: Vec<_> = lacking
        .iter()
        .map(|CantRevoke(provider)| {
            format!("PROVIDER_{}_CLIENT_ID", provider.as_str().to_uppercase())
        })
        .collect();
    Err(format!(
        "these grants could be ended at their providers, if this server had client credentials: set \
         {} and what belongs to it (docs/providers.md). Or add --allow-unrevoked to remove the \
         connections here alone, and the grants live on.",
        settings.join(", ")
    )
    .into())
}

async fn print_all(
    opened: &Opened,
    connections: &Connections,
    selection: &Selection,
) -> Result<(), CommandError> {
    let mut lines = Lines::new();
    let mut after = None;
    loop {
        let page = opened.store.selected(selection, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for connection in &page {
            let would = WouldRevoke::of(connection, connections);
            match lines.json(&would) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                printed => printed?,
            }
        }
    }
    Ok(unless_closed(lines.flush())?)
}

impl WouldRevoke {
    fn of(connection: &Selected, connections: &Connections) -> Self {
        Self {
            dry_run: true,
            connection_id: connection.id,
            user_id: connection.user_id,
            provider: connection.provider.as_str(),
            connected_at: connection.connected_at,
            revocable: connections.revokes(connection.provider),
        }
    }
}

/// Says how it ended, and answers whether nothing is left.
fn sum_up(ended: RevokedMany) -> bool {
    let RevokedMany { removed, settled, pending } = ended;
    eprintln!("{removed} connections removed here, {settled} final receipts, {pending} pending.");
    if pending > 0 {
        eprintln!(
            "Running servers go on telling the providers. Run the same command again for the \
             receipts that are pending."
        );
    }
    pending == 0
}

/// Shows an operator how it goes.
struct Terminal {
    receipts: Receipts,
    removing: Progress,
    settling: Progress,
    waits: bool,
}

impl Reporter for Terminal {
    fn removed(&mut self, number: u64) {
        self.removing.add(number);
    }

    fn write(&mut self, receipts: &[Receipt]) -> io::Result<()> {
        let Self { receipts: to, settling, .. } = self;
        settling.aside(|| to.write(receipts))?;
        let settled = receipts.iter().filter(|receipt| receipt.outcome.is_some()).count();
        settling.add(settled as u64);
        Ok(())
    }

    fn waits_for(&mut self, number: u64) {
        if !std::mem::replace(&mut self.waits, true) {
            self.settling.say(&format!(
                "{number} are being told by a server, or were by a process that has died: waiting \
                 for a minute at most"
            ));
        }
    }

    fn stopped(&mut self, provider: Provider) {
        self.settling.say(&format!(
            "{} fails again and again, and is left to the running servers, which try for four days",
            display_name(provider)
        ));
    }
}
