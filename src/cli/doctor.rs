use std::{fs, path::PathBuf};

use clap::Args;
use serde_json::json;
use url::Url;

use super::CommandError;
use crate::{
    clock::Clock,
    config::{ConfigArgs, secret},
    doctor::{Finding, Hasura, Patient, State, examine},
    random::Random,
};

#[derive(Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    config: ConfigArgs,

    /// A user's JWT to check: whether it is accepted, or why not. The JWT is not printed
    #[arg(long, value_name = "JWT", conflicts_with = "jwt_file")]
    jwt: Option<String>,
    /// File that holds the JWT. With /dev/stdin you can paste it, so that it isn't visible in the
    /// list of processes
    #[arg(long, value_name = "FILE")]
    jwt_file: Option<PathBuf>,

    /// Hasura's base URL, to check how Hasura merges this server
    #[arg(long, env = "HASURA_GRAPHQL_ENDPOINT", value_name = "URL")]
    hasura_graphql_endpoint: Option<String>,
    /// Hasura's admin secret
    #[arg(
        long,
        env = "HASURA_GRAPHQL_ADMIN_SECRET",
        value_name = "SECRET",
        hide_env_values = true
    )]
    hasura_graphql_admin_secret: Option<String>,
    /// File that holds Hasura's admin secret
    #[arg(long, env = "HASURA_GRAPHQL_ADMIN_SECRET_FILE", value_name = "FILE")]
    hasura_graphql_admin_secret_file: Option<PathBuf>,

    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
}

/// Prints what was found. Answers whether there is no error in it.
pub async fn run(arguments: DoctorArgs) -> Result<bool, CommandError> {
    let (settings, mut mistakes) = arguments.config.examine();
    let admin_secret = secret(
        &mut mistakes,
        "HASURA_GRAPHQL_ADMIN_SECRET",
        arguments.hasura_graphql_admin_secret,
        arguments.hasura_graphql_admin_secret_file,
    );
    let endpoint = arguments.hasura_graphql_endpoint.filter(|url| !url.trim().is_empty());
    let endpoint = endpoint.and_then(|url| {
        let url = base_url(&url);
        if url.is_none() {
            mistakes.push(
                "HASURA_GRAPHQL_ENDPOINT is not a URL: write one such as \
                 https://hasura.example.com"
                    .to_owned(),
            );
        }
        url
    });
    let jwt = match arguments.jwt_file {
        Some(file) => fs::read_to_string(&file)
            .map_err(|error| {
                let file = file.display();
                mistakes.push(format!(
                    "--jwt-file {file} can't be read ({error}): check its path and permissions"
                ));
            })
            .ok(),
        None => arguments.jwt,
    };
    let patient = Patient {
        settings,
        mistakes,
        jwt: jwt.map(Into::into),
        hasura: endpoint.map(|endpoint| Hasura { endpoint, admin_secret }),
        clock: Clock::system(),
        random: Random::system(),
    };
    let found = Box::pin(examine(&patient)).await?;
    if arguments.json {
        print_json(&found);
    } else {
        print_lines(&found);
    }
    Ok(count(&found, State::Error) == 0)
}

fn print_json(found: &[Finding]) {
    let report = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "ok": count(found, State::Error) == 0,
        "errors": count(found, State::Error),
        "warnings": count(found, State::Warning),
        "findings": found,
    });
    println!("{report:#}");
}

fn print_lines(found: &[Finding]) {
    for Finding { check, state, message, advice } in found {
        println!("{:<8} {check}: {message}", state.as_str());
        if let Some(advice) = advice {
            println!("{:<8} -> {advice}", "");
        }
    }
    println!(
        "\n{} ok, {} warnings, {} errors",
        count(found, State::Ok),
        count(found, State::Warning),
        count(found, State::Error)
    );
}

fn count(found: &[Finding], state: State) -> usize {
    found.iter().filter(|finding| finding.state == state).count()
}

/// Hasura's own tools take the base URL; the address of its GraphQL is a common slip.
fn base_url(text: &str) -> Option<Url> {
    let text = text.trim().trim_end_matches('/').trim_end_matches("/v1/graphql");
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.filter(Url::has_host)
}
