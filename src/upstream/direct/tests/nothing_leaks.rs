//! No secret, no token and no word of a provider's is in errors, logs or what is shown for
//! debugging.

use std::io;

use tracing_subscriber::fmt::MakeWriter;

use super::*;

const PLANTED: [&str; 4] = ["planted-secret", "planted-access", "planted-refresh", "planted-text"];

#[derive(Clone, Default)]
struct Log(Arc<std::sync::Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

fn listen() -> (Log, tracing::subscriber::DefaultGuard) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    (log, tracing::subscriber::set_default(subscriber))
}

#[track_caller]
fn clean(text: &str) {
    for planted in PLANTED {
        assert!(!text.contains(planted), "{planted} is in: {text}");
    }
}

#[tokio::test]
async fn nothing_leaks_whatever_is_answered() {
    let (log, _guard) = listen();
    let answers = [
        Canned::json(200, r#"{"access_token":"planted-access","refresh_token":"planted-refresh"}"#),
        Canned::json(200, r#"{"access_token":"planted-access","x":NaN} planted-text"#),
        Canned::json(200, r#"{"access_token":{"planted-access":1}}"#),
        Canned::json(200, "planted-text"),
        Canned::json(400, r#"{"error":"planted-text"}"#),
        Canned::json(400, r#"{"error":"invalid_grant","error_description":"planted-text"}"#),
        Canned::json(401, r#"{"error":"invalid_client","error_description":"planted-text"}"#),
        Canned::json(500, "planted-text"),
        Canned::json(429, "planted-text"),
    ];
    let (access, refresh) = ("planted-access".into(), "planted-refresh".into());
    for provider in Provider::ALL {
        for answer in answers.clone() {
            let recorder = Recorder::start([answer]).await;
            let direct = direct_with(*provider, shared(&["planted-secret"]), &recorder);
            let session = direct.refresh(*provider, &refresh, clock().now()).await;
            let revoked = direct.revoke(*provider, tokens(&access, Some(&refresh))).await;
            clean(&format!("{session:?} {revoked:?} {direct:?}"));
            for error in [session.err(), revoked.err()].into_iter().flatten() {
                clean(&format!("{error} {}", error.evidence()));
            }
        }
    }
    let log = log.text();
    assert!(log.contains("an upstream's response was damaged"), "{log}");
    clean(&log);
}

#[tokio::test]
async fn a_refused_client_is_said_loudly_with_the_variable_to_check() {
    let (log, _guard) = listen();
    let recorder = Recorder::start([Canned::json(401, r#"{"error":"invalid_client"}"#)]).await;
    let secrets = shared(&["planted-secret", "planted-secret-2"]);
    let direct = direct_with(Provider::Spotify, secrets, &recorder);
    direct.refresh(Provider::Spotify, &"planted-refresh".into(), clock().now()).await.unwrap_err();
    let log = log.text();
    let loud: Vec<_> = log.lines().filter(|line| line.contains("ERROR")).collect();
    assert_eq!(loud.len(), 1, "{log}");
    for word in ["check PROVIDER_SPOTIFY_CLIENT_SECRET", "invalid_client (HTTP 401)"] {
        assert!(loud[0].contains(word), "{log}");
    }
    clean(&log);
}

#[test]
fn clients_are_shown_without_their_secrets() {
    let (key, _) = apple_key();
    let clients: ProviderClients = [
        (Provider::Google, client(Provider::Google, shared(&["planted-secret"]), "https://a.b")),
        (Provider::Apple, client(Provider::Apple, ClientSecret::Apple(key), "https://a.b")),
    ]
    .into_iter()
    .collect();
    let shown = format!("{clients:?}");
    clean(&shown);
    assert!(shown.contains("1 shared") && shown.contains("AppleKey(KEY1234567 of TEAM123456)"));
}
