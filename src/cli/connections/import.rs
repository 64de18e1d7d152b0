#![expect(clippy::doc_markdown, reason = "the comments of arguments are help for a terminal")]

use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufRead, BufReader, stdin, stdout},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use clap::Args;
use domain::{ConnectionKey, Provider};
use futures_util::{StreamExt, stream};
use tokio::{sync::mpsc, time::Instant};

use super::import_report::{Outcome, Report, ReportLine, Totals};
use crate::{
    app::{Sources, connections_of, open_store_with_keys},
    cli::{CommandError, database::open_unchanged, logging::LogArgs, signal::asked_to_stop},
    config::ConfigArgs,
    connections::{Connections, Error, ImportOptions, Imported},
    exports::{Format, Numbered, Problem, ProviderNames, Row, Users, rows},
    private_files,
};

/// Rows that are worked on at once: so many are interrupted by a kill at the most.
const AT_ONCE: usize = 4;
/// How long the calls that are under way may take when the command is asked to stop.
const DRAIN: Duration = Duration::from_secs(30);

#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
#[derive(Args)]
pub struct ImportArgs {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    log: LogArgs,

    /// File with the rows to import: JSON lines, a JSON array, or CSV with a header. Use - for
    /// standard input
    file: PathBuf,
    /// System that the rows come from
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
    /// CSV with two columns: the other system's user ID, and the Nhost user ID. Without it the rows
    /// have to contain Nhost user IDs
    #[arg(long, value_name = "FILE")]
    users: Option<PathBuf>,
    /// A provider's name in the rows and its ID at Nhost, such as google-prod=google. Repeat the
    /// flag for more
    #[arg(long, value_name = "NAME=ID")]
    map_provider: Vec<String>,
    /// Print what would be imported, without calling any provider
    #[arg(long)]
    dry_run: bool,
    /// Append the report to this file, one line of JSON for each row. By default it goes to
    /// standard output
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Maximum number of tokens to send a second. UPSTREAM_RATE and NHOST_AUTH_RATE apply too, and
    /// allow an import a fifth of their value
    #[arg(long, value_name = "NUMBER", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rate: u32,
    /// How long to wait for an upstream that is down, before its rows are left for a later run
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = humantime::parse_duration)]
    patience: Duration,
    /// Overwrite connections that come from a sign-in or another import
    #[arg(long)]
    replace: bool,
    /// Import connections of users who have disconnected the provider
    #[arg(long)]
    reconnect: bool,
    /// Send tokens again whose response was lost. They may no longer be valid
    #[arg(long)]
    retry_interrupted: bool,
    /// Send tokens again that were refused permanently, for example after you fixed wrong client
    /// credentials
    #[arg(long)]
    retry_dead: bool,
}

/// Imports a file. Answers whether no row is left to be done.
pub async fn run(arguments: ImportArgs) -> Result<bool, CommandError> {
    arguments.log.start("error");
    let names = ProviderNames::with(&arguments.map_provider)?;
    let users = match &arguments.users {
        Some(path) => Users::read(open(path)?)?,
        None => Users::default(),
    };
    let file: Box<dyn BufRead + Send> = if arguments.file == Path::new("-") {
        Box::new(BufReader::new(stdin()))
    } else {
        if let Some(rights) = private_files::open_to_everybody(&arguments.file) {
            let file = arguments.file.display();
            eprintln!(
                "warning: every user of this machine can read {file} (mode {rights}), which \
                 contains refresh tokens. Run chmod o-rwx on it, and delete it after the import"
            );
        }
        Box::new(open(&arguments.file)?)
    };
    let config = arguments.config.check()?;
    let sources = Sources::system();
    let store = if arguments.dry_run {
        open_unchanged(&config.database, sources.now.clone()).await?
    } else {
        open_store_with_keys(&config, &sources).await?
    };
    let connections = connections_of(&config, &store, &sources)?;
    let report: Box<dyn io::Write> = match &arguments.report {
        Some(path) => Box::new(private_files::append(path).map_err(|error| {
            format!(
                "--report {} can't be written ({error}): check its path and permissions",
                path.display()
            )
        })?),
        None => Box::new(stdout()),
    };
    // What an earlier run, or another server here, could not write: it is newer than the file.
    if !arguments.dry_run {
        connections.replay_spool().await;
    }
    let import = Import {
        connections: &connections,
        users,
        options: ImportOptions {
            replace: arguments.replace,
            reconnect: arguments.reconnect,
            retry_interrupted: arguments.retry_interrupted,
            retry_dead: arguments.retry_dead,
        },
        dry_run: arguments.dry_run,
        pace: tokio::sync::Mutex::new(tokio::time::interval(
            Duration::from_secs(1) / arguments.rate,
        )),
        patience: arguments.patience,
        down_since: Mutex::default(),
    };
    let format = arguments.format;
    let ended = import.all(read_rows(file, format, names), Report::to(report)).await;
    let left = connections.drain(DRAIN).await;
    if left.spooled > 0 {
        eprintln!(
            "{} new tokens wait in {} for the database. The next run, or a server with this \
             SPOOL_DIR, writes them: keep the folder",
            left.spooled,
            left.folder.display()
        );
    }
    store.close().await;
    let (totals, stopped) = ended?;
    sum_up(&totals, stopped)
}

fn open(path: &Path) -> Result<BufReader<File>, CommandError> {
    let file = File::open(path);
    let file = file.map_err(|error| {
        format!("{} can't be read ({error}): check its path and permissions", path.display())
    })?;
    Ok(BufReader::new(file))
}

type Rows = mpsc::Receiver<io::Result<Numbered>>;

/// Reads ahead of what is imported, by a few rows: the file may be larger than the memory.
fn read_rows(file: Box<dyn BufRead + Send>, format: Format, names: ProviderNames) -> Rows {
    let (sender, receiver) = mpsc::channel(2 * AT_ONCE);
    // Not a task of the runtime, which would wait for standard input at its end.
    std::thread::spawn(move || {
        let read = rows(file, format, &names);
        let rows = match read {
            Ok(rows) => rows,
            Err(error) => {
                let _ = sender.blocking_send(Err(error));
                return;
            }
        };
        for row in rows {
            let is_over = row.is_err();
            if sender.blocking_send(row).is_err() || is_over {
                return;
            }
        }
    });
    receiver
}

struct Import<'a> {
    connections: &'a Connections,
    users: Users,
    options: ImportOptions,
    dry_run: bool,
    /// Of tokens that are sent.
    pace: tokio::sync::Mutex<tokio::time::Interval>,
    patience: Duration,
    /// Since when a provider's rows wait, with none that was answered in between.
    down_since: Mutex<HashMap<Provider, Instant>>,
}

impl Import<'_> {
    /// Imports the rows in their order. Answers whether it was asked to stop before their end.
    async fn all(&self, rows: Rows, mut report: Report) -> Result<(Totals, bool), CommandError> {
        let mut stop = Box::pin(asked_to_stop()?);
        let rows = stream::unfold(rows, async |mut rows| Some((rows.recv().await?, rows)));
        let mut lines = Box::pin(rows.map(|row| self.line(row)).buffered(AT_ONCE));
        let stopped = loop {
            tokio::select! {
                biased;
                () = &mut stop => break true,
                line = lines.next() => match line {
                    Some(line) => report.add(&line?)?,
                    None => break false,
                },
            }
        };
        report.end();
        Ok((report.totals, stopped))
    }

    async fn line(&self, row: io::Result<Numbered>) -> Result<ReportLine, CommandError> {
        let Numbered { line, row } = row.map_err(|error| {
            format!("the rest of the file can't be read ({error}). Run the same command again")
        })?;
        let Row { user, provider, refresh_token } = match row {
            Ok(row) => row,
            Err(problem) => return Ok(ReportLine::unreadable(line, problem)),
        };
        let Some(user_id) = self.users.find(&user) else {
            return Ok(ReportLine::unreadable(line, Problem::UnmappedUser));
        };
        let key = ConnectionKey { user_id, provider };
        let told = |outcome| ReportLine::of(line, user_id, provider, outcome);
        // Before the pace, which is for what is sent.
        match self.connections.preview_import(key, &refresh_token, self.options).await {
            Ok(Some(_)) => return Ok(told(Outcome::Already)),
            Ok(None) if self.dry_run => return Ok(told(Outcome::WouldImport)),
            Ok(None) => {}
            Err(error) => return Ok(told(Outcome::Unclear).with(&error)),
        }
        loop {
            self.pace.lock().await.tick().await;
            let token = refresh_token.clone();
            let imported = self.connections.import(user_id, provider, token, self.options).await;
            match imported {
                Ok(Imported::Now(_)) => {
                    self.is_up(provider);
                    return Ok(told(Outcome::Lives));
                }
                Ok(Imported::Before(_)) => return Ok(told(Outcome::Already)),
                Err(Error::ImportLater { retry_after, .. })
                    if self.waits_for(provider, retry_after).await => {}
                Err(error) => {
                    if !matches!(error, Error::ImportLater { .. }) {
                        self.is_up(provider);
                    }
                    return Ok(told(Outcome::Unclear).with(&error));
                }
            }
        }
    }

    fn is_up(&self, provider: Provider) {
        self.down_since.lock().unwrap_or_else(PoisonError::into_inner).remove(&provider);
    }

    /// Waits, unless this provider's rows have waited for as long as they may.
    async fn waits_for(&self, provider: Provider, retry_after: Duration) -> bool {
        let since = {
            let mut down = self.down_since.lock().unwrap_or_else(PoisonError::into_inner);
            *down.entry(provider).or_insert_with(Instant::now)
        };
        let left = self.patience.saturating_sub(since.elapsed());
        if left.is_zero() {
            return false;
        }
        tokio::time::sleep(retry_after.min(left)).await;
        true
    }
}

/// Says how it went, and answers whether no row is left to be done. Rows that can't be read are an
/// error: to run the command again doesn't change them.
fn sum_up(totals: &Totals, stopped: bool) -> Result<bool, CommandError> {
    eprintln!("{totals}");
    if totals.dead > 2 && totals.lives + totals.already == 0 {
        eprintln!(
            "No token was accepted: check that PROVIDER_<ID>_CLIENT_ID, or the client at Nhost \
             Auth, is the client that the tokens were issued to. Then add --retry-dead"
        );
    }
    if stopped {
        eprintln!("The import was stopped. Run the same command again to continue.");
        return Ok(false);
    }
    if totals.unclear > 0 {
        eprintln!(
            "The result of {} rows is unclear. Run the same command again in ten minutes; the \
             report says what else to do.",
            totals.unclear
        );
        return Ok(false);
    }
    if totals.mistakes > 0 {
        return Err(format!(
            "{} rows can't be read or have no user. The report lists them, with what to do.",
            totals.mistakes
        )
        .into());
    }
    Ok(true)
}
