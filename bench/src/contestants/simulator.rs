//! The simulator of Nhost Auth: it signs the JWTs, and hands out provider tokens.

use std::{path::Path, process::Command, time::Duration};

use reqwest::Client;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Result,
    process::{Program, Says},
};

pub struct Simulator {
    _program: Program,
    /// Without a slash at the end.
    origin: String,
    http: Client,
    /// Nhost's format, with the key that signs.
    pub jwt_secret: String,
}

/// A user of the app.
#[derive(Clone, Debug, Deserialize)]
pub struct User {
    pub id: String,
    pub jwt: String,
}

impl Simulator {
    /// `algorithm` is `HS256` or `RS256`.
    pub fn start(programs: &Path, algorithm: &str) -> Result<Self> {
        let mut command = Command::new(programs.join("nhost-auth-simulator"));
        // No setting of the caller's shell takes part in what is measured.
        command.env_clear().args(["--listen", "127.0.0.1:0", "--algorithm", algorithm]);
        let jwt_secret = std::cell::OnceCell::new();
        let (program, origin) = Program::start(&mut command, Says::OnOutput, |line| {
            if let Some(secret) = line.strip_prefix("JWT secret ") {
                let _ = jwt_secret.set(secret.trim().to_owned());
            }
            let control = line.strip_prefix("control API ")?.trim();
            Some(control.trim_end_matches("/control").to_owned())
        })?;
        let jwt_secret = jwt_secret.into_inner().ok_or("the simulator printed no JWT secret")?;
        Ok(Self { _program: program, origin, http: Client::new(), jwt_secret })
    }

    pub fn auth_url(&self) -> String {
        format!("{}/v1", self.origin)
    }

    /// A JWT secret with which a server fetches the public keys.
    pub fn jwks_secret(&self) -> String {
        json!({ "jwk_url": format!("{}/.well-known/jwks.json", self.auth_url()) }).to_string()
    }

    /// The shared key of HS256.
    pub fn jwt_key(&self) -> Result<String> {
        let secret: Value = serde_json::from_str(&self.jwt_secret)?;
        Ok(secret["key"].as_str().ok_or("the JWT secret has no key")?.to_owned())
    }

    /// A user with this email address, and a new JWT.
    pub async fn user(&self, email: &str) -> Result<User> {
        Ok(serde_json::from_str(&self.control("users", &json!({ "email": email })).await?)?)
    }

    /// The user signs in with the provider, whose refresh tokens rotate.
    pub async fn sign_in(&self, user: &User, provider: &str) -> Result<()> {
        self.sign_in_as(user, provider, &json!({ "refreshToken": "rotating" })).await
    }

    /// The same, with access tokens that live so long.
    pub async fn sign_in_for(&self, user: &User, provider: &str, lifetime: Duration) -> Result<()> {
        let script = json!({ "refreshToken": "rotating", "lifetime": lifetime.as_secs() });
        self.sign_in_as(user, provider, &script).await
    }

    async fn sign_in_as(&self, user: &User, provider: &str, script: &Value) -> Result<()> {
        let body = json!({ "userId": user.id, "provider": provider, "script": script });
        self.control("sign-in", &body).await?;
        Ok(())
    }

    /// From now on each refresh takes so long.
    pub async fn slow_refreshes(&self, delay: Duration) -> Result<()> {
        let fault = json!({ "type": "slow", "milliseconds": delay.as_millis() });
        let body = json!({ "endpoint": "refreshProviderToken", "fault": fault });
        self.control("faults", &body).await?;
        Ok(())
    }

    async fn control(&self, path: &str, body: &Value) -> Result<String> {
        let url = format!("{}/control/{path}", self.origin);
        let answer = self.http.post(&url).json(body).send().await?.error_for_status()?;
        Ok(answer.text().await?)
    }
}
