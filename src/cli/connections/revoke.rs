#![expect(clippy::doc_markdown, reason = "the comments of arguments are help for a terminal")]

use std::{io, path::PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;
use domain::Provider;
use serde::Serialize;
use uuid::Uuid;

use super::{
    facts::provider,
    open::{Opened, ServerArgs},
    print::{Lines, unless_closed},
    receipts::Receipts,
    shred,
};
use crate::{
    cli::{CommandError, confirm::confirm, progress::Progress},
    connections::{CantRevoke, Reporter, RevokedMany},
    store::{Receipt, Selected, Selection, Store},
    upstream::{Direct, display_name},
};

/// Connections that are read at once.
const PAGE: u64 = 500;

#[derive(Args)]
pub struct RevokeArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    what: RevocationArgs,
}

#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
#[derive(Args)]
struct RevocationArgs {
    /// Providers whose connections to revoke, separated by commas, such as google
    #[arg(
        long,
        value_name = "ID,…",
        value_delimiter = ',',
        value_parser = provider,
        required_unless_present = "all_providers"
    )]
    provider: Vec<Provider>,
    /// Revoke the connections of all providers
    #[arg(long, conflicts_with = "provider")]
    all_providers: bool,
    /// Only connections made before this time, such as 2026-11-29T07:00:00Z. By default now. Set
    /// it, so that you can run the command again while users reconnect
    #[arg(long, value_name = "TIME", value_parser = moment)]
    connected_before: Option<DateTime<Utc>>,
    /// Only connections of this user, by the user's ID in Nhost Auth
    #[arg(long, value_name = "UUID")]
    user: Option<Uuid>,

    /// Print what would be revoked, one line of JSON for each connection, and change nothing
    #[arg(long, conflicts_with_all = ["receipts", "shred"])]
    dry_run: bool,
    /// Append the receipts to this file, instead of printing them
    #[arg(long, value_name = "FILE")]
    receipts: Option<PathBuf>,
    /// Remove connections even if this server can't revoke their grants, because it has no client
    /// credentials for the provider
    #[arg(long)]
    allow_unrevoked: bool,
    /// Afterwards shred these keys of ENCRYPTION_KEYS, by name: no server starts with one of them
    /// as the first key again
    #[arg(long, value_name = "KEY-ID,…", value_delimiter = ',')]
    shred: Vec<String>,
    /// Don't ask for confirmation
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
    read.map(|at| at.with_timezone(&Utc)).map_err(|_| {
        "write a date and time with a time zone, such as 2026-11-29T07:00:00Z".to_owned()
    })
}

/// Ends grants. Answers whether every receipt is final.
pub async fn run(arguments: RevokeArgs) -> Result<bool, CommandError> {
    let RevokeArgs { server, what } = arguments;
    let opened = server.open().await?;
    let done = if what.dry_run {
        preview(&what, &opened).await?;
        true
    } else {
        revoke(&what, &opened).await?
    };
    opened.store.close().await;
    Ok(done)
}

/// Needs the store alone, and writes nothing.
async fn preview(what: &RevocationArgs, opened: &Opened) -> Result<(), CommandError> {
    let direct = opened.direct()?;
    let selection = what.selection(&opened.store).await?;
    describe(&direct, &opened.store.count_selected(&selection).await?);
    print_all(opened, &direct, &selection).await
}

async fn revoke(what: &RevocationArgs, opened: &Opened) -> Result<bool, CommandError> {
    let connections = opened.connections().await?;
    shred::check(&what.shred, opened, what.yes)?;
    let selection = what.selection(&opened.store).await?;
    let again = what.again(&selection);
    let counts = opened.store.count_selected(&selection).await?;
    describe(&opened.direct()?, &counts);
    if !what.allow_unrevoked {
        let providers: Vec<_> = counts.iter().map(|(provider, _)| *provider).collect();
        refuse_unrevoked(&connections.cannot_revoke(&providers))?;
    }
    let total: i64 = counts.iter().map(|(_, number)| number).sum();
    let total = u64::try_from(total).unwrap_or_default();
    let owed = opened.store.count_owed_receipts(&selection).await?;
    let mut done = true;
    if total + owed == 0 {
        eprintln!("No connection matches, and no receipt is missing.");
    } else {
        let receipts = Receipts::to(what.receipts.as_deref())?;
        if total > 0 {
            let happens =
                format!("This removes {total} connections, and their users have to sign in again.");
            confirm(&happens, what.yes)?;
        }
        if owed > 0 {
            eprintln!("{owed} receipts of an earlier run are still missing.");
        }
        if what.connected_before.is_none() {
            eprintln!("To continue after an interruption, run: {again}");
        }
        let mut reporter = Terminal {
            receipts,
            removing: Progress::new("connections removed", total),
            settling: Progress::new("receipts", total + owed),
            waits: false,
        };
        let ended = connections.revoke_many(&selection, &mut reporter).await;
        reporter.removing.finish();
        reporter.settling.finish();
        let ended = ended.map_err(|error| format!("{error}. To continue, run: {again}"))?;
        done = sum_up(ended, &again);
    }
    if !what.shred.is_empty() {
        if !done {
            return Err(format!(
                "no key was shredded, because the remaining tokens are needed to revoke their \
                 grants. When the provider responds, run: {again}"
            )
            .into());
        }
        shred::shred(&what.shred, opened, &again).await?;
    }
    Ok(done)
}

impl RevocationArgs {
    async fn selection(&self, store: &Store) -> Result<Selection, CommandError> {
        let connected_before = match self.connected_before {
            Some(before) => before,
            None => store.time().await?,
        };
        let providers =
            if self.all_providers { Provider::ALL.to_vec() } else { self.provider.clone() };
        Ok(Selection { providers, connected_before, user_id: self.user })
    }

    /// The command line that continues this run. It names the time, so that no one who signs in
    /// meanwhile is touched; the settings of the server are not in it, which may be secret.
    fn again(&self, selection: &Selection) -> String {
        let mut words = vec!["provider-connections connections revoke".to_owned()];
        if self.all_providers {
            words.push("--all-providers".to_owned());
        } else {
            let ids: Vec<_> = self.provider.iter().map(|provider| provider.as_str()).collect();
            words.push(format!("--provider {}", ids.join(",")));
        }
        let before = selection.connected_before.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        words.push(format!("--connected-before {before}"));
        words.extend(self.user.map(|user| format!("--user {user}")));
        if let Some(file) = &self.receipts {
            words.push(format!("--receipts {}", shell_word(&file.to_string_lossy())));
        }
        if self.allow_unrevoked {
            words.push("--allow-unrevoked".to_owned());
        }
        if !self.shred.is_empty() {
            words.push(format!("--shred {}", shell_word(&self.shred.join(","))));
        }
        if self.yes {
            words.push("--yes".to_owned());
        }
        words.join(" ")
    }
}

/// As a shell takes it for one word.
fn shell_word(text: &str) -> String {
    let plain = |of: char| of.is_ascii_alphanumeric() || "/._-,".contains(of);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Prints what happens to the connections of each provider.
fn describe(direct: &Direct, counts: &[(Provider, i64)]) {
    for (provider, number) in counts {
        let name = display_name(*provider);
        let then = if direct.revokes(*provider) {
            format!("their grants are revoked at {name}")
        } else {
            "this server can't revoke their grants: docs/incident.md describes what to do"
                .to_owned()
        };
        eprintln!("{provider}: {number} connections; {then}");
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
        "this server needs client credentials to revoke these grants at their providers: set {} \
         and the matching secret (docs/providers.md). Or add --allow-unrevoked to only remove the \
         connections; the grants stay valid.",
        settings.join(", ")
    )
    .into())
}

async fn print_all(
    opened: &Opened,
    direct: &Direct,
    selection: &Selection,
) -> Result<(), CommandError> {
    let mut lines = Lines::new();
    let mut after = None;
    loop {
        let page = opened.store.selected(selection, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for connection in &page {
            let would = WouldRevoke::of(connection, direct);
            match lines.json(&would) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                printed => printed?,
            }
        }
    }
    Ok(unless_closed(lines.flush())?)
}

impl WouldRevoke {
    fn of(connection: &Selected, direct: &Direct) -> Self {
        Self {
            dry_run: true,
            connection_id: connection.id,
            user_id: connection.user_id,
            provider: connection.provider.as_str(),
            connected_at: connection.connected_at,
            revocable: direct.revokes(connection.provider),
        }
    }
}

/// Says how it ended, and answers whether nothing is left.
fn sum_up(ended: RevokedMany, again: &str) -> bool {
    let RevokedMany { removed, settled, pending } = ended;
    eprintln!("{removed} connections removed, {settled} final receipts, {pending} pending.");
    if pending > 0 {
        eprintln!(
            "Running servers with client credentials keep trying to revoke these grants. For the \
             pending receipts, run: {again}"
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
                "{number} revocations are in progress in another process: waiting up to a minute"
            ));
        }
    }

    fn stopped(&mut self, provider: Provider) {
        self.settling.say(&format!(
            "{} keeps failing. Running servers try again for four days",
            display_name(provider)
        ));
    }
}
