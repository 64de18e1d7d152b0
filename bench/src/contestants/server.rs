//! The server of this project, in a release build.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

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
    /// When its process was started.
    pub started: Instant,
    url: String,
    http: Client,
    settings: Vec<(String, String)>,
    binary: PathBuf,
    folder: PathBuf,
    _own_folder: Option<TempDir>,
}

/// Settings that scenarios differ in.
#[derive(Clone, Copy, Default)]
pub struct Settings<'a> {
    /// `None`: SQLite, in its folder.
    pub database_url: Option<&'a str>,
    /// `None`: the simulator's own.
    pub jwt_secret: Option<&'a str>,
    /// `None`: a new key.
    pub encryption_keys: Option<&'a str>,
    /// Where the database and the spool are. `None`: a folder that is removed in the end.
    pub folder: Option<&'a Path>,
    pub more: &'a [(&'a str, &'a str)],
}

impl Server {
    pub fn start(programs: &Path, simulator: &Simulator, settings: Settings<'_>) -> Result<Self> {
        let own_folder = if settings.folder.is_none() { Some(tempfile::tempdir()?) } else { None };
        let folder = settings.folder.or(own_folder.as_ref().map(TempDir::path));
        let folder = folder.ok_or("the server has no folder")?.to_owned();
        let binary = binary(programs)?;
        let keys = match settings.encryption_keys {
            Some(keys) => keys.to_owned(),
            None => encryption_key(programs)?,
        };
        let sqlite = format!("sqlite://{}/connections.db", folder.display());
        let jwt_secret = settings.jwt_secret.unwrap_or(&simulator.jwt_secret);
        let all = [
            ("LISTEN", "127.0.0.1:0"),
            ("LOG_FORMAT", "json"),
            ("DATABASE_URL", settings.database_url.unwrap_or(&sqlite)),
            ("DATABASE_MAX_CONNECTIONS", &load::CONNECTIONS.to_string()),
            ("NHOST_AUTH_URL", &simulator.auth_url()),
            ("NHOST_JWT_SECRET", jwt_secret),
            ("ENCRYPTION_KEYS", &keys),
            // The real providers must not be asked with the simulator's tokens, again and again.
            ("ACCOUNT_LOOKUP", "off"),
        ];
        let all = all.iter().chain(settings.more);
        let settings: Vec<_> =
            all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut command = command(&binary, &folder, &settings);
        // Before the program starts: it reads the certificate authorities of this machine.
        let http = Client::new();
        let started = Instant::now();
        let (program, address) = Program::start(&mut command, Says::OnError, |line| {
            let line: Value = serde_json::from_str(line).ok()?;
            let fields = line.get("fields").unwrap_or(&line);
            let is_ready = fields["message"].as_str()?.starts_with("serving GraphQL");
            is_ready.then(|| Some(fields["address"].as_str()?.to_owned()))?
        })?;
        let url = format!("http://{address}/graphql");
        Ok(Self { program, started, url, http, settings, binary, folder, _own_folder: own_folder })
    }

    pub fn id(&self) -> u32 {
        self.program.id()
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// What the server answers to this GraphQL operation of the user.
    pub async fn ask(&self, user: &User, operation: &str) -> Result<String> {
        let request = self.http.post(&self.url).bearer_auth(&user.jwt);
        let answer = request.json(&json!({ "query": operation })).send().await?.text().await?;
        if answer.contains("\"errors\"") {
            return Err(format!("the server answered {operation} with an error: {answer}").into());
        }
        Ok(answer)
    }

    /// The user signs in with each of the providers, and connects them.
    pub async fn connect(&self, simulator: &Simulator, user: &User, to: &[&str]) -> Result<()> {
        for provider in to {
            simulator.sign_in(user, provider).await?;
            self.take_over(user, provider).await?;
        }
        Ok(())
    }

    /// Connects a provider that the user has signed in with.
    pub async fn take_over(&self, user: &User, provider: &str) -> Result<()> {
        let connect = format!("mutation {{ connectProvider(provider: {provider}) {{ id }} }}");
        self.ask(user, &connect).await.map(drop)
    }

    /// Refreshes the user's access token at the provider.
    pub async fn refresh(&self, user: &User, provider: &str) -> Result<()> {
        let refresh = format!("mutation {{ refreshProviderToken(provider: {provider}) {{ id }} }}");
        self.ask(user, &refresh).await.map(drop)
    }

    /// A user with three connections.
    pub async fn user_with_connections(&self, simulator: &Simulator) -> Result<User> {
        let user = simulator.user("ada@example.com").await?;
        self.connect(simulator, &user, &PROVIDERS).await?;
        Ok(user)
    }

    /// Another command of the same program, with the server's settings.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(&self.binary, &self.folder, &self.settings);
        command.args(arguments);
        command
    }
}

/// A new key for `ENCRYPTION_KEYS`.
pub fn encryption_key(programs: &Path) -> Result<String> {
    let mut generate = Command::new(binary(programs)?);
    Ok(output(generate.env_clear().args(["keys", "generate"]))?.trim().to_owned())
}

/// The file of the program. Commands run in other folders.
pub fn binary(programs: &Path) -> Result<PathBuf> {
    Ok(std::path::absolute(programs.join("provider-connections"))?)
}

/// The program with its settings alone.
fn command(binary: &Path, folder: &Path, settings: &[(String, String)]) -> Command {
    let mut command = Command::new(binary);
    let settings = settings.iter().map(|(name, value)| (name, value));
    command.env_clear().current_dir(folder).envs(settings);
    command
}
