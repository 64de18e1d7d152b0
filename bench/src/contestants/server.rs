//! The server of this project, in a release build.

use std::{path::Path, process::Command};

use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{PROVIDERS, Simulator, User};
use crate::{
    Result, load,
    process::{Program, Says, output},
};

pub struct Server {
    program: Program,
    url: String,
    http: Client,
    _folder: TempDir,
}

/// Settings that scenarios differ in.
#[derive(Clone, Copy, Default)]
pub struct Settings<'a> {
    /// `None`: SQLite, in a folder that is removed in the end.
    pub database_url: Option<&'a str>,
    /// `None`: the simulator's own.
    pub jwt_secret: Option<&'a str>,
    pub more: &'a [(&'a str, &'a str)],
}

impl Server {
    pub fn start(programs: &Path, simulator: &Simulator, settings: Settings<'_>) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let binary = std::path::absolute(programs.join("provider-connections"))?;
        let keys = output(Command::new(&binary).env_clear().args(["keys", "generate"]))?;
        let sqlite = format!("sqlite://{}/connections.db", folder.path().display());
        let mut command = Command::new(&binary);
        command
            .env_clear()
            .current_dir(folder.path())
            .env("LISTEN", "127.0.0.1:0")
            .env("LOG_FORMAT", "json")
            .env("DATABASE_URL", settings.database_url.unwrap_or(&sqlite))
            .env("DATABASE_MAX_CONNECTIONS", load::CONNECTIONS.to_string())
            .env("NHOST_AUTH_URL", simulator.auth_url())
            .env("NHOST_JWT_SECRET", settings.jwt_secret.unwrap_or(&simulator.jwt_secret))
            .env("ENCRYPTION_KEYS", keys.trim())
            .envs(settings.more.iter().copied());
        let (program, address) = Program::start(&mut command, Says::OnError, |line| {
            let line: Value = serde_json::from_str(line).ok()?;
            let fields = line.get("fields").unwrap_or(&line);
            let is_ready = fields["message"].as_str()?.starts_with("serving GraphQL");
            is_ready.then(|| Some(fields["address"].as_str()?.to_owned()))?
        })?;
        let url = format!("http://{address}/graphql");
        Ok(Self { program, url, http: Client::new(), _folder: folder })
    }

    pub fn id(&self) -> u32 {
        self.program.id()
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// The user signs in with each of the providers, and connects them.
    pub async fn connect(&self, simulator: &Simulator, user: &User, to: &[&str]) -> Result<()> {
        for provider in to {
            simulator.sign_in(user, provider).await?;
            let query = format!("mutation {{ connectProvider(provider: {provider}) {{ id }} }}");
            let request = self.http.post(&self.url).bearer_auth(&user.jwt);
            let answer = request.json(&json!({ "query": query })).send().await?.text().await?;
            if answer.contains("\"errors\"") {
                return Err(format!("{provider} was not connected: {answer}").into());
            }
        }
        Ok(())
    }

    /// A user with three connections.
    pub async fn user_with_connections(&self, simulator: &Simulator) -> Result<User> {
        let user = simulator.user("ada@example.com").await?;
        self.connect(simulator, &user, &PROVIDERS).await?;
        Ok(user)
    }
}
