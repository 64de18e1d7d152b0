use std::{
    env,
    ffi::OsString,
    io,
    path::{Path, PathBuf},
};

use clap::Args;

use super::CommandError;
use crate::{
    config::environment::{SettingsFile, quoted},
    private_files,
    random::Random,
    vault::KeyRing,
};

/// Where the settings go, unless `--config` says otherwise.
const FILE: &str = "provider-connections.env";
/// The default database of `serve`.
const DATABASE: &str = "sqlite://provider-connections.db";

#[derive(Args)]
pub struct InitArgs {
    /// Subdomain of the Nhost project
    #[arg(long, value_name = "NAME")]
    nhost_subdomain: Option<String>,

    /// Region of the Nhost project, such as eu-central-1
    #[arg(long, value_name = "NAME")]
    nhost_region: Option<String>,

    /// Base URL of Nhost Auth, instead of subdomain and region
    #[arg(long, value_name = "URL", conflicts_with_all = ["nhost_subdomain", "nhost_region"])]
    nhost_auth_url: Option<String>,

    /// `sqlite://FILE` or `postgres://USER@HOST:PORT/DATABASE`. Write a password into the file
    /// instead, because every user of a machine can read the flags of its processes
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
}

/// Writes a settings file with new keys, and says what is left to fill in.
pub fn run(arguments: &InitArgs, config: Option<OsString>) -> Result<(), CommandError> {
    let path = config.map_or_else(|| FILE.into(), PathBuf::from);
    let shown = path.display().to_string();
    let prefilled = arguments.prefills();
    let key_id = KeyRing::new_id(&Random::system());
    let text = arguments.settings(&key_id)?;
    match private_files::create(&path, text.as_bytes()) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let left = say_what_is_there(&path)?;
            say_what_is_next(&shown, &left);
            return if prefilled {
                Err(format!(
                    "{shown} already exists, so the flags were not written to it: edit the file"
                )
                .into())
            } else {
                Ok(())
            };
        }
        Err(cause) => {
            return Err(format!(
                "{shown} can't be written ({cause}): check that its folder exists and is writable"
            )
            .into());
        }
    }
    println!(
        "Wrote {shown}, which only you can read, with a new encryption key ({key_id}) and a new \
         service secret."
    );
    for name in ["ENCRYPTION_KEYS", "ENCRYPTION_KEYS_FILE", "SERVICE_SECRET"] {
        if env::var_os(name).is_some_and(|value| !value.is_empty()) {
            println!(
                "Note: {name} is set in the environment, which takes precedence over the file."
            );
        }
    }
    let database = Path::new(DATABASE.trim_start_matches("sqlite://"));
    if arguments.database_url.is_none() && database.exists() {
        println!(
            "Note: {} already exists. The new key can't decrypt tokens in it: if it has any, set \
             ENCRYPTION_KEYS to the keys that encrypted them.",
            database.display()
        );
    }
    println!(
        "Keep a copy of ENCRYPTION_KEYS in another place: without the keys no one can decrypt the \
         stored tokens."
    );
    let left = left_to_fill_in(&SettingsFile::read(&path)?);
    say_what_is_next(&shown, &left);
    Ok(())
}

/// Prints the names of what an existing file sets, and answers what it lacks.
fn say_what_is_there(path: &Path) -> Result<Vec<&'static str>, CommandError> {
    let file = SettingsFile::read(path)?;
    let names: Vec<_> = file.filled_in().collect();
    let has = if names.is_empty() { "no settings".to_owned() } else { names.join(", ") };
    println!("{} already exists, with {has}. Nothing was changed.", path.display());
    let mut left = left_to_fill_in(&file);
    if !["ENCRYPTION_KEYS", "ENCRYPTION_KEYS_FILE"].iter().any(|name| names.contains(name)) {
        left.push("ENCRYPTION_KEYS     from `provider-connections keys generate`");
    }
    Ok(left)
}

/// Without these it does not start.
fn left_to_fill_in(file: &SettingsFile) -> Vec<&'static str> {
    let names: Vec<_> = file.filled_in().collect();
    let has = |name: &str| names.contains(&name);
    let mut left = Vec::new();
    if !has("NHOST_AUTH_URL") {
        if !has("NHOST_SUBDOMAIN") {
            left.push("NHOST_SUBDOMAIN     your project's subdomain, from the Nhost dashboard");
        }
        if !has("NHOST_REGION") {
            left.push("NHOST_REGION        its region, such as eu-central-1");
        }
    }
    let secrets = ["NHOST_JWT_SECRET", "HASURA_GRAPHQL_JWT_SECRET", "HASURA_GRAPHQL_JWT_SECRETS"];
    if !secrets.iter().any(|name| has(name) || has(&format!("{name}_FILE"))) {
        left.push(
            "NHOST_JWT_SECRET    its JWT secret: the JSON, or only the key if its type is HS256",
        );
    }
    left
}

fn say_what_is_next(file: &str, left: &[&str]) {
    if !left.is_empty() {
        println!("\nFill in, with a text editor:");
        for line in left {
            println!("  {line}");
        }
    }
    println!("\nThen start the server:\n  provider-connections serve --config {file}");
}

impl InitArgs {
    fn prefills(&self) -> bool {
        let Self { nhost_subdomain, nhost_region, nhost_auth_url, database_url } = self;
        [nhost_subdomain, nhost_region, nhost_auth_url, database_url].iter().any(|of| of.is_some())
    }

    /// The text of the file.
    fn settings(&self, key_id: &str) -> Result<String, String> {
        let value =
            |name: &str, value: &Option<String>| quoted(name, value.as_deref().unwrap_or_default());
        let random = Random::system();
        let keys = KeyRing::generate(key_id, &random);
        let half = || u128::from_be_bytes(random.bytes());
        let service_secret = format!("{:032x}{:032x}", half(), half());
        let auth_url = match &self.nhost_auth_url {
            Some(url) => format!("NHOST_AUTH_URL={}", quoted("NHOST_AUTH_URL", url)?),
            None => "#NHOST_AUTH_URL=https://local.auth.local.nhost.run/v1".to_owned(),
        };
        let database = quoted("DATABASE_URL", self.database_url.as_deref().unwrap_or(DATABASE))?;
        Ok(format!(
            "\
# Settings of provider-connections, one NAME=value on each line, for `serve --config` and all other
# commands. Flags and environment variables apply over this file.
# `provider-connections serve --help` lists all settings. Keep this file out of version control: it
# has secrets. Put values with spaces, quotes, # or $ in single quotes.

# The Nhost project: its subdomain and region, as in https://SUBDOMAIN.auth.REGION.nhost.run/v1
NHOST_SUBDOMAIN={}
NHOST_REGION={}
# Or the base URL of Nhost Auth instead, such as the one of local development:
{auth_url}

# The project's JWT secret as Nhost shows it: the JSON in single quotes,
# '{{\"type\":\"HS256\",\"key\":\"…\"}}', or only the key if its type is HS256
NHOST_JWT_SECRET=

# Keys that encrypt the stored tokens. Keep a copy in another place: without the keys nobody can
# decrypt the tokens, and users have to sign in again
ENCRYPTION_KEYS={keys}

# Secret that Hasura and other services send in the header x-service-secret
SERVICE_SECRET={service_secret}

# sqlite://FILE (relative to the server's working directory), or
# postgres://USER:PASSWORD@HOST:PORT/DATABASE
DATABASE_URL={database}

# Origins of the web pages that may call this server, separated by commas
#CORS_ALLOWED_ORIGINS=https://app.example.com,http://localhost:3000
",
            value("NHOST_SUBDOMAIN", &self.nhost_subdomain)?,
            value("NHOST_REGION", &self.nhost_region)?,
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_it_writes_is_what_is_read() {
        let arguments = InitArgs {
            nhost_subdomain: Some("abc".to_owned()),
            nhost_region: Some("eu-central-1".to_owned()),
            nhost_auth_url: None,
            database_url: Some("postgres://u:pa$s \"#\\@host/db".to_owned()),
        };
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(FILE);
        fs::write(&path, arguments.settings("k-1").expect("it can be written")).expect("a file");
        let file = SettingsFile::read(&path).expect("it can be read");
        assert_eq!(file.value("DATABASE_URL"), arguments.database_url.as_deref());
        assert_eq!(file.value("NHOST_SUBDOMAIN"), Some("abc"));
        KeyRing::parse(file.value("ENCRYPTION_KEYS").expect("there are keys")).expect("keys");
        assert_eq!(left_to_fill_in(&file).len(), 1);
    }
}
