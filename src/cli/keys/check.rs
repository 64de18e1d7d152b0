use std::fmt::Write as _;

use clap::Args;
use serde_json::json;

use super::of_imports;
use crate::{
    cli::{CommandError, database::open_unchanged, logging::LogArgs},
    config::{DatabaseArgs, KeyArgs},
    connections::encryption_keys::{CheckState, KeyReport, RingPlace, Survey, survey_keys},
    random::Random,
    store::Now,
    vault::Vault,
};

#[derive(Args)]
pub struct CheckArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    keys: KeyArgs,
    #[command(flatten)]
    log: LogArgs,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
}

/// Prints all keys. Answers whether nothing is wrong with any.
pub async fn run(arguments: CheckArgs) -> Result<bool, CommandError> {
    arguments.log.start("warn");
    let ring = arguments.keys.check()?;
    let store = open_unchanged(&arguments.database.check()?, Now::Database).await?;
    let survey = survey_keys(&store, &Vault::new(ring, Random::system())).await?;
    store.close().await;
    if arguments.json {
        let report = json!({
            "ok": survey.is_sound(),
            "keys": survey.keys,
            "unreadableValues": survey.unreadable,
            "imports": survey.imports,
        });
        println!("{report:#}");
    } else {
        print!("{}", table(&survey));
    }
    Ok(survey.is_sound())
}

fn table(survey: &Survey) -> String {
    let mut text = String::new();
    let mut line = |id: &str, ring: &str, values: &str, rest: &str| {
        let _ = writeln!(text, "{id:<32} {ring:<8} {values:>10}  {rest}");
    };
    line("KEY", "RING", "VALUES", "CHECK VALUE");
    for key in &survey.keys {
        line(&key.id, ring(key), &key.values.to_string(), &check_value(key));
    }
    if survey.imports > 0 {
        let _ = writeln!(text, "\n{}", of_imports(survey.imports));
    }
    for problem in survey.keys.iter().filter_map(|key| key.problem.as_ref()) {
        let _ = writeln!(text, "\nerror: {problem}.");
    }
    if survey.unreadable > 0 {
        let _ = writeln!(
            text,
            "\nerror: {} values have a format that this version doesn't know. Use the version that \
             wrote them, or a newer one.",
            survey.unreadable
        );
    }
    text
}

fn ring(key: &KeyReport) -> &'static str {
    match key.ring {
        RingPlace::Seals => "seals",
        RingPlace::Opens => "opens",
        RingPlace::Missing => "missing",
    }
}

fn check_value(key: &KeyReport) -> String {
    let check = match key.check_value {
        CheckState::Fits => "fits",
        CheckState::Differs => "differs",
        CheckState::Unknown => "-",
    };
    let retired = if key.retired_at.is_some() { ", retired" } else { "" };
    format!("{check}{retired}")
}
