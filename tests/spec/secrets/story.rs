mod chapters;

use std::fs;

use nhost_auth_simulator::{GrantScript, Provider, Running};
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

use super::captured::Captured;
use crate::harness::{Binary, Database, Ended, KEYS, Member, Outage, Replica, SERVICE_SECRET};

/// In the path of a request, and so in the log.
pub const LOGGED: &str = "planted-in-the-path-of-a-request";
/// In a query, and so in the answer that can't make sense of it.
pub const ANSWERED: &str = "planted_in_the_query_of_a_request";
/// What an impostor takes for the service secret.
const WRONG_SERVICE_SECRET: &str = "a-wrong-service-secret-of-over-32-characters";
/// In the URL of PostgreSQL, which asks for none in tests. Has nothing that a URL would escape.
const DATABASE_PASSWORD: &str = "plantedDatabasePassword0123456789";
/// What the simulator takes from a client of a provider.
const CLIENT_SECRET: &str = "simulator-secret";

/// A server that logs everything and has each secret from a file of its own, and all that comes out
/// of it.
pub struct Story {
    outage: Outage,
    server: Replica,
    ada: Member,
    http: reqwest::Client,
    /// What the server reads its secrets from, works in, and puts temporary files into.
    folders: TempDir,
    captured: Captured,
    answers: usize,
    /// Those that the simulator did not hand out.
    secrets: Vec<String>,
}

/// What came of it.
pub struct Told {
    pub captured: Captured,
    pub secrets: Vec<String>,
    pub outage: Outage,
}

impl Story {
    pub async fn begin(database: Database, log_format: &str) -> Self {
        Self::begin_with(database, log_format, &[]).await
    }

    /// The same with more settings.
    pub async fn begin_with(
        database: Database,
        log_format: &str,
        settings: &[(&str, &str)],
    ) -> Self {
        let outage = Outage::over(database).await;
        let cluster = &outage.cluster;
        let mut database_url = cluster.database_url.clone();
        if !cluster.database.is_sqlite() {
            let mut url = Url::parse(&database_url).unwrap();
            url.set_password(Some(DATABASE_PASSWORD)).unwrap();
            database_url = url.into();
        }
        let ada = cluster.member("ada@example.com");
        let jwt_secret = cluster.simulator.jwt_secret_json();
        let worker = cluster.simulator.add_user("worker@example.com");
        let pat = cluster.simulator.personal_access_token(worker).to_string();
        let folders = tempfile::tempdir().unwrap();
        for folder in ["secrets", "spool", "tmp"] {
            fs::create_dir(folders.path().join(folder)).unwrap();
        }
        let folder = |name: &str| folders.path().join(name).display().to_string();
        let at = |what| cluster.simulator.origin().join(what).unwrap().to_string();
        let mut binary = Binary::new("")
            .env("LISTEN", "127.0.0.1:0")
            .env("METRICS_LISTEN", "127.0.0.1:0")
            .env("NHOST_AUTH_URL", cluster.simulator.base_url().as_str())
            .env("PROVIDER_SPOTIFY_CLIENT_ID", "simulator-client")
            .env("PROVIDER_SPOTIFY_TOKEN_URL", &at("providers/spotify/token"))
            .env("RUST_LOG", "trace")
            .env("LOG_FORMAT", log_format)
            .env("SPOOL_DIR", folder("spool").as_str())
            .env("TMPDIR", folder("tmp").as_str());
        for (name, secret) in [
            ("DATABASE_URL", database_url.as_str()),
            ("NHOST_JWT_SECRET", &jwt_secret),
            ("ENCRYPTION_KEYS", KEYS),
            ("SERVICE_SECRET", SERVICE_SECRET),
            ("NHOST_SERVICE_PAT", &pat),
            ("PROVIDER_SPOTIFY_CLIENT_SECRET", CLIENT_SECRET),
        ] {
            let file = folders.path().join("secrets").join(name);
            fs::write(&file, secret).unwrap();
            binary = binary.env(&format!("{name}_FILE"), file.to_str().unwrap());
        }
        for (name, value) in settings {
            binary = binary.env(name, value);
        }
        let server = Replica::start(binary).await;
        let mut secrets = secrets_of_the_settings(&jwt_secret);
        let planted = [DATABASE_PASSWORD, WRONG_SERVICE_SECRET, CLIENT_SECRET, &pat];
        secrets.extend(planted.map(str::to_owned));
        let http = reqwest::Client::new();
        let captured = Captured::new();
        Self { outage, server, ada, http, folders, captured, answers: 0, secrets }
    }

    pub async fn tell(&mut self) {
        self.all_goes_well().await;
        self.services_call().await;
        self.somebody_watches().await;
        self.refreshes_fail().await;
        self.sign_ins_fail().await;
        self.strangers_call().await;
        self.the_database_fails().await;
        self.the_database_is_away().await;
        let gone = self.ask("mutation { disconnectProvider(provider: google) { id } }").await;
        assert!(gone.get("errors").is_none(), "{gone}");
        let answer = self.http.get(format!("{}/{LOGGED}", self.server.url)).send().await.unwrap();
        assert_eq!(answer.status(), 404);
        self.ask(&format!("{{ {ANSWERED} }}")).await;
        for health in ["healthz", "readyz"] {
            let answer = reqwest::get(format!("{}/{health}", self.server.url)).await.unwrap();
            self.captured.put(health, answer.text().await.unwrap());
        }
        let metrics = self.server.process.url_of("serving metrics at /metrics").await;
        let metrics = reqwest::get(format!("{metrics}/metrics")).await.unwrap();
        let metrics = metrics.text().await.unwrap();
        assert!(metrics.contains("# TYPE "), "{metrics}");
        self.captured.put("metrics", metrics);
    }

    pub async fn end(self) -> Told {
        self.captured.put_process(&self.server.process);
        // SQLite's write-ahead log is there while the server runs only.
        self.captured.put_database("database-in-use", &self.outage.cluster.database).await;
        let Ended { code, stdout, stderr } = self.server.process.stop().await;
        assert_eq!(code, Some(0), "{stderr}");
        self.captured.put("log", stdout + &stderr);
        self.captured.put_database("database", &self.outage.cluster.database).await;
        self.captured.put_folder("spool-at-the-end", &self.folders.path().join("spool"));
        self.captured.put_folder("tmp", &self.folders.path().join("tmp"));
        let mut secrets = self.secrets;
        secrets.extend(self.outage.cluster.simulator.secrets());
        Told { captured: self.captured, secrets, outage: self.outage }
    }

    fn simulator(&self) -> &Running {
        &self.outage.cluster.simulator
    }

    fn sign_in(&self, provider: Provider) {
        self.simulator().sign_in(self.ada.id, provider, GrantScript::rotating());
    }

    /// Asks as Ada.
    async fn ask(&mut self, query: &str) -> Value {
        let jwt = self.ada.jwt().to_owned();
        self.ask_with(&jwt, query).await
    }

    async fn ask_with(&mut self, jwt: &str, query: &str) -> Value {
        self.send(&[("authorization", &format!("Bearer {jwt}"))], query).await
    }

    async fn send(&mut self, headers: &[(&str, &str)], query: &str) -> Value {
        let url = format!("{}/graphql", self.server.url);
        let mut request = self.http.post(url).json(&json!({ "query": query }));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        let head = format!("{} {:?}", answer.status(), answer.headers());
        let answer: Value = answer.json().await.unwrap();
        let mut shown = answer.clone();
        take_access_tokens(&mut shown);
        self.answered(&format!("{head}\n{shown}"));
        answer
    }

    /// Status, headers and body, but for the access tokens that were asked for.
    fn answered(&mut self, answer: &str) {
        self.answers += 1;
        self.captured.put(&format!("answers/{:03}", self.answers), answer);
    }
}

/// The secrets that a test server is set up with.
pub fn secrets_of_the_settings(jwt_secret: &str) -> Vec<String> {
    let jwt_secret: Value = serde_json::from_str(jwt_secret).unwrap();
    let key = jwt_secret["key"].as_str().unwrap();
    let encryption_key = KEYS.split_once(':').unwrap().1;
    vec![key.to_owned(), encryption_key.to_owned(), SERVICE_SECRET.to_owned()]
}

/// Removes what was asked for.
fn take_access_tokens(answer: &mut Value) {
    match answer {
        Value::Object(fields) => {
            fields.remove("accessToken");
            fields.values_mut().for_each(take_access_tokens);
        }
        Value::Array(items) => items.iter_mut().for_each(take_access_tokens),
        _ => {}
    }
}
