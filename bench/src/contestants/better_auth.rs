//! better-auth, the library that most TypeScript apps would use: `bench/better-auth/server.mjs`.

use std::process::Command;

use serde::Deserialize;

use crate::{
    Result, load,
    load::Target,
    process::{Program, Says},
};

const FOLDER: &str = "bench/better-auth";

pub struct BetterAuth {
    program: Program,
    ready: Ready,
}

#[derive(Deserialize)]
struct Ready {
    /// Its origin.
    address: String,
    /// Of a session.
    cookie: String,
    /// The id of one of the session's accounts.
    account: String,
}

impl BetterAuth {
    /// The database has to be empty: it makes its own tables.
    pub fn start(database_url: &str) -> Result<Self> {
        let mut command = Command::new("node");
        // No setting of the caller's shell takes part in what is measured. Node is found by PATH.
        command
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .arg("server.mjs")
            .current_dir(FOLDER)
            .env("NODE_ENV", "production")
            .env("DATABASE_URL", database_url)
            .env("DATABASE_MAX_CONNECTIONS", load::CONNECTIONS.to_string());
        let ready = |line: &str| serde_json::from_str::<Ready>(line).ok();
        let (program, ready) = Program::start(&mut command, Says::OnOutput, ready)?;
        Ok(Self { program, ready })
    }

    pub fn id(&self) -> u32 {
        self.program.id()
    }

    /// Three rows, without tokens.
    pub fn list_accounts(&self) -> Target {
        Target {
            url: format!("{}/api/auth/list-accounts", self.ready.address),
            method: "GET",
            headers: vec![("cookie", self.ready.cookie.clone())],
            body: String::new(),
            users: Vec::new(),
            expects: ("\"providerId\":", 3),
        }
    }

    /// One access token.
    pub fn get_access_token(&self) -> Target {
        Target {
            url: format!("{}/api/auth/get-access-token", self.ready.address),
            method: "POST",
            headers: vec![
                ("cookie", self.ready.cookie.clone()),
                ("origin", self.ready.address.clone()),
                ("content-type", "application/json".to_owned()),
            ],
            body: serde_json::json!({ "accountId": self.ready.account }).to_string(),
            users: Vec::new(),
            expects: ("\"accessToken\":\"ya29.", 1),
        }
    }

    /// Of the installed package.
    pub fn version() -> Result<String> {
        #[derive(Deserialize)]
        struct Package {
            version: String,
        }
        let package =
            std::fs::read_to_string(format!("{FOLDER}/node_modules/better-auth/package.json"))?;
        Ok(serde_json::from_str::<Package>(&package)?.version)
    }
}
