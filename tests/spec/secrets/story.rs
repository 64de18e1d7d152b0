use chrono::TimeDelta;
use nhost_auth_simulator::{Endpoint, Fault, GrantScript, JwtOptions, Provider, Running};
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use crate::harness::{Binary, Database, KEYS, Process, SERVICE_SECRET, simulator};

/// In the path of a request, and so in the log.
pub const LOGGED: &str = "planted-in-the-path-of-a-request";
/// In a query, and so in the answer that can't make sense of it.
pub const ANSWERED: &str = "planted_in_the_query_of_a_request";
/// What an impostor takes for the service secret.
const WRONG_SERVICE_SECRET: &str = "a-wrong-service-secret-of-over-32-characters";
/// In the URL of PostgreSQL, which asks for none in tests. Has nothing that a URL would escape.
const DATABASE_PASSWORD: &str = "plantedDatabasePassword0123456789";

/// A server that logs everything, and all that it answers.
pub struct Story<'a> {
    database: &'a Database,
    simulator: Running,
    process: Process,
    url: String,
    http: reqwest::Client,
    answers: Vec<String>,
    /// Those that the simulator did not hand out.
    secrets: Vec<String>,
}

/// What came of it.
pub struct Told {
    /// Standard output and standard error.
    pub log: String,
    /// Status, headers and body, but for the access tokens that were asked for.
    pub answers: Vec<String>,
    pub secrets: Vec<String>,
}

impl<'a> Story<'a> {
    pub async fn begin(database: &'a Database, log_format: &str) -> Self {
        Self::begin_with(database, log_format, &[]).await
    }

    /// The same with more settings.
    pub async fn begin_with(
        database: &'a Database,
        log_format: &str,
        settings: &[(&str, &str)],
    ) -> Self {
        let simulator = simulator().await;
        let mut database_url = database.url.clone();
        if !database.is_sqlite() {
            let mut url = Url::parse(&database_url).unwrap();
            url.set_password(Some(DATABASE_PASSWORD)).unwrap();
            database_url = url.into();
        }
        let binary = Binary::serve(&simulator, &database_url)
            .env("RUST_LOG", "trace")
            .env("LOG_FORMAT", log_format)
            .env("METRICS_LISTEN", "127.0.0.1:0");
        let binary = settings.iter().fold(binary, |binary, (name, value)| binary.env(name, value));
        let mut process = binary.start();
        let url = process.url().await;
        let mut secrets = secrets_of_the_settings(&simulator.jwt_secret_json());
        secrets.extend([DATABASE_PASSWORD.to_owned(), WRONG_SERVICE_SECRET.to_owned()]);
        let http = reqwest::Client::new();
        Self { database, simulator, process, url, http, answers: Vec::new(), secrets }
    }

    pub async fn tell(&mut self) {
        let ada = self.simulator.add_user("ada@example.com");
        let jwt = self.simulator.jwt(ada);
        self.all_goes_well(ada, &jwt).await;
        self.refreshes_fail(ada, &jwt).await;
        self.sign_ins_fail(ada, &jwt).await;
        self.strangers_call(ada, &jwt).await;
        self.services_call(ada).await;
        self.the_database_fails(&jwt).await;
        let gone = self.ask(&jwt, "mutation { disconnectProvider(provider: google) { id } }").await;
        assert!(gone.get("errors").is_none(), "{gone}");
        let answer = self.http.get(format!("{}/{LOGGED}", self.url)).send().await.unwrap();
        assert_eq!(answer.status(), 404);
        self.ask(&jwt, &format!("{{ {ANSWERED} }}")).await;
        let metrics = self.process.url_of("serving metrics at /metrics").await;
        let metrics = reqwest::get(format!("{metrics}/metrics")).await.unwrap();
        let metrics = metrics.text().await.unwrap();
        assert!(metrics.contains("# TYPE "), "{metrics}");
        self.answers.push(metrics);
    }

    pub async fn end(self) -> Told {
        let ended = self.process.stop().await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let mut secrets = self.secrets;
        secrets.extend(self.simulator.secrets());
        Told { log: ended.stdout + &ended.stderr, answers: self.answers, secrets }
    }

    async fn all_goes_well(&mut self, ada: Uuid, jwt: &str) {
        for provider in [Provider::Google, Provider::Spotify] {
            self.simulator.sign_in(ada, provider, GrantScript::rotating());
            for mutation in ["connectProvider", "refreshProviderToken"] {
                let query = format!(
                    "mutation {{ {mutation}(provider: {provider}) {{ accessToken reauthenticationUrl }} }}"
                );
                let token = self.ask(jwt, &query).await;
                assert!(token.get("errors").is_none(), "{token}");
            }
        }
        let read = self.ask(jwt, "{ providerConnections { provider status accessToken } }").await;
        assert_eq!(read["data"]["providerConnections"].as_array().unwrap().len(), 2, "{read}");
    }

    /// Each on a connection of its own, so that none joins another.
    async fn refreshes_fail(&mut self, ada: Uuid, jwt: &str) {
        let faults: [fn(&str) -> Fault; 12] = [
            |token| Fault::nhost(400, token),
            |token| Fault::json(500, &json!({ "message": token, "error": { "is": token } })),
            |token| Fault::json(200, &json!({ "accessToken": { "is": token }, "expiresIn": 1 })),
            |token| Fault::json(200, &json!({ "accessToken": "", "expiresAt": token })),
            |token| Fault::json(200, &json!([token])),
            |_| Fault::RateLimited,
            |_| Fault::Html(502),
            |_| Fault::Garbage,
            |_| Fault::Huge(1_000_000),
            |_| Fault::LostAfterWork,
            |_| Fault::Disconnect,
            |_| Fault::RefuseProvider,
        ];
        let providers = Provider::ALL.into_iter();
        let providers =
            providers.filter(|one| !matches!(one, Provider::Google | Provider::Spotify));
        for (provider, fault) in providers.zip(faults) {
            let grant = self.simulator.sign_in(ada, provider, GrantScript::rotating());
            let query = format!("mutation {{ connectProvider(provider: {provider}) {{ id }} }}");
            let connected = self.ask(jwt, &query).await;
            assert!(connected.get("errors").is_none(), "{connected}");
            let token = self.simulator.grant(grant).current_refresh_token.unwrap();
            let fault = fault(&token);
            self.simulator.fail_next_for(Endpoint::RefreshProviderToken, provider, fault.clone());
            let query =
                format!("mutation {{ refreshProviderToken(provider: {provider}) {{ id }} }}");
            let refreshed = self.ask(jwt, &query).await;
            assert!(refreshed.get("errors").is_some(), "{fault:?}: {refreshed}");
        }
        self.ask(jwt, "{ providerConnections { status lastFailure { code message } } }").await;
    }

    async fn sign_ins_fail(&mut self, ada: Uuid, jwt: &str) {
        let token = "sim-planted-in-a-session-that-makes-no-sense";
        self.secrets.push(token.to_owned());
        for fault in [
            Fault::json(200, &json!({ "accessToken": { "is": token }, "refreshToken": token })),
            Fault::json(200, &json!({ "accessToken": [token], "expiresAt": token })),
            Fault::nhost(403, token),
            Fault::InternalServerError,
        ] {
            self.simulator.sign_in(ada, Provider::Workos, GrantScript::stable());
            self.simulator.fail_next(Endpoint::ProviderTokens, fault.clone());
            let query = "mutation { connectProvider(provider: workos) { id } }";
            let connected = self.ask(jwt, query).await;
            assert!(connected.get("errors").is_some(), "{fault:?}: {connected}");
        }
    }

    async fn strangers_call(&mut self, ada: Uuid, jwt: &str) {
        let expired = JwtOptions { lifetime: Some(TimeDelta::hours(-1)), ..JwtOptions::default() };
        let other = JwtOptions { issuer: Some("somebody".to_owned()), ..JwtOptions::default() };
        let query = "{ providerConnections { accessToken } }";
        for stranger in [
            self.simulator.jwt_with(ada, expired),
            self.simulator.jwt_with(ada, other),
            self.simulator.state_jwt(),
            format!("{jwt}a"),
            jwt[..jwt.len() - 3].to_owned(),
            "planted-instead-of-a-jwt".to_owned(),
        ] {
            self.ask(&stranger, query).await;
            self.secrets.push(stranger);
        }
        for headers in [
            vec![("x-service-secret", WRONG_SERVICE_SECRET)],
            vec![("authorization", jwt)],
            vec![("cookie", jwt), ("x-hasura-admin-secret", SERVICE_SECRET)],
        ] {
            self.send(&headers, query).await;
        }
        // Where nobody should send them: in the URL, and in a body that is not JSON.
        for request in [
            self.http.get(format!("{}/graphql?access_token={jwt}", self.url)),
            self.http.post(format!("{}/graphql?jwt={jwt}", self.url)).body(jwt.to_owned()),
            self.http
                .post(format!("{}/graphql", self.url))
                .header("content-type", "application/json")
                .body(format!("{{\"query\": {jwt}")),
        ] {
            self.answers.push(request.send().await.unwrap().text().await.unwrap());
        }
    }

    async fn services_call(&mut self, ada: Uuid) {
        let bob = self.simulator.add_user("bob@example.com");
        self.simulator.sign_in(bob, Provider::Google, GrantScript::rotating());
        let (ada, bob) = (ada.to_string(), bob.to_string());
        let service = ("x-service-secret", SERVICE_SECRET);
        let query = "mutation { connectProvider(provider: google) { accessToken userId } }";
        let as_bob = [service, ("x-hasura-user-id", &bob), ("x-hasura-role", "user")];
        let connected = self.send(&as_bob, query).await;
        assert!(connected.get("errors").is_none(), "{connected}");
        let query =
            format!("{{ providerConnections(userId: \"{ada}\") {{ provider accessToken }} }}");
        self.send(&[service], &query).await;
    }

    /// A token that does not open, and tables that are not there.
    async fn the_database_fails(&mut self, jwt: &str) {
        let one =
            "(SELECT access_token FROM provider_connection WHERE provider = 'google' LIMIT 1)";
        let sql = format!(
            "UPDATE provider_connection SET access_token = {one} WHERE provider = 'spotify'"
        );
        self.database.execute(&sql).await;
        let read = self.ask(jwt, "{ providerConnection(provider: spotify) { accessToken } }").await;
        assert_eq!(read["errors"][0]["extensions"]["code"], "TOKEN_UNREADABLE", "{read}");
        self.database.execute("ALTER TABLE provider_connection RENAME TO gone").await;
        let read = self.ask(jwt, "{ providerConnection(provider: google) { accessToken } }").await;
        assert_eq!(read["errors"][0]["extensions"]["code"], "INTERNAL", "{read}");
        self.database.execute("ALTER TABLE gone RENAME TO provider_connection").await;
    }

    async fn ask(&mut self, jwt: &str, query: &str) -> Value {
        self.send(&[("authorization", &format!("Bearer {jwt}"))], query).await
    }

    async fn send(&mut self, headers: &[(&str, &str)], query: &str) -> Value {
        let mut request =
            self.http.post(format!("{}/graphql", self.url)).json(&json!({ "query": query }));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        let head = format!("{} {:?}", answer.status(), answer.headers());
        let answer: Value = answer.json().await.unwrap();
        let mut shown = answer.clone();
        take_access_tokens(&mut shown);
        self.answers.push(format!("{head}\n{shown}"));
        answer
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
