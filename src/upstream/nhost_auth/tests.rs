use std::io::Write;

use nhost_auth_simulator::{Endpoint, Fault, Options, Simulator};

use super::*;
use crate::upstream::direct::tests::recorder::{Canned, Recorder};

#[tokio::test]
async fn a_rate_limit_and_an_outage_are_told_apart() {
    let simulator = Simulator::start(Options::default(), ([127, 0, 0, 1], 0).into());
    let simulator = simulator.await.unwrap();
    let base = simulator.base_url();
    let nhost_auth = NhostAuth::new(base.clone(), base, Clock::system()).unwrap();
    let now = Clock::system().now();
    let empty_503 = UpstreamError::Unavailable {
        what: "it answered HTTP 503",
        status: Some(503),
        retry_after: None,
    };
    for (fault, expected) in [
        (Fault::RateLimited, UpstreamError::RateLimited { retry_after: None }),
        (Fault::Empty(503), empty_503),
    ] {
        simulator.fail_always(Endpoint::ProviderTokens, None, fault.clone());
        simulator.fail_always(Endpoint::RefreshProviderToken, None, fault);
        let jwt = simulator.jwt(simulator.add_user("ada@example.com")).into();
        let taken = nhost_auth.take_session(Provider::Google, &jwt, None, now).await;
        assert_eq!(taken.unwrap_err(), expected);
        let refresh_token = "token".into();
        let refreshed = nhost_auth.refresh(Provider::Google, &refresh_token, &jwt, now).await;
        assert_eq!(refreshed.unwrap_err(), expected);
        simulator.heal_all();
    }
}

const NOW: &str = "2026-01-01T12:00:00Z";

fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

async fn at(answer: Option<Canned>) -> (Recorder, NhostAuth) {
    let recorder = Recorder::start(answer).await;
    let base: Url = format!("{}/v1", recorder.origin).parse().unwrap();
    let nhost_auth = NhostAuth::new(base.clone(), base, Clock::from_fn(now)).unwrap();
    (recorder, nhost_auth)
}

async fn taken(answer: Canned) -> Result<ProviderSession, UpstreamError> {
    let (_recorder, nhost_auth) = at(Some(answer)).await;
    nhost_auth.take_session(Provider::Google, &"jwt".into(), None, now()).await
}

async fn refreshed(answer: Canned) -> Result<ProviderSession, UpstreamError> {
    let (_recorder, nhost_auth) = at(Some(answer)).await;
    nhost_auth.refresh(Provider::Google, &"token".into(), &"jwt".into(), now()).await
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

const SESSION: &str = r#"{"accessToken":"AT-new","expiresAt":"2026-01-01T13:00:00Z","expiresIn":3600,"refreshToken":"RT-new"}"#;

/// A session with this instead of its lifetime.
fn with_lifetime(written: &str) -> String {
    SESSION.replace("3600", written)
}

#[tokio::test]
async fn a_session_is_read_whatever_became_of_its_answer() {
    let answers = || {
        [
            Canned::json(200, SESSION),
            Canned::json(201, SESSION),
            Canned::json(203, SESSION),
            Canned::json(200, format!("\u{feff}{SESSION}")),
            Canned::json(200, gzip(SESSION)).with("content-encoding", "gzip"),
            Canned::json(200, gzip(SESSION)),
            Canned::json(200, SESSION).with("content-encoding", "gzip"),
            Canned::json(200, with_lifetime("\"3600\"")),
            Canned::json(200, with_lifetime("3600.0")),
            Canned::json(200, with_lifetime("NaN")),
            Canned::json(200, with_lifetime("1e400")),
            Canned::json(200, with_lifetime("99999999999999999999")),
            Canned::json(200, format!("{SESSION}\n<br>Notice")),
            Canned::json(200, SESSION.replace('{', "{\"name\":\"\\ud800\",")),
            Canned::json(200, SESSION.replace("accessToken", "access_token")),
            Canned::new(200, "text/html", SESSION),
            Canned::json(200, SESSION.strip_suffix('}').unwrap()).breaking(),
        ]
    };
    for (index, (to_take, to_refresh)) in answers().into_iter().zip(answers()).enumerate() {
        for session in [taken(to_take).await, refreshed(to_refresh).await] {
            let session = session.unwrap_or_else(|error| panic!("{index}: {error:?}"));
            assert_eq!(session.access_token.expose_secret(), "AT-new", "{index}");
            let refresh_token = session.refresh_token.as_ref().map(ExposeSecret::expose_secret);
            assert_eq!(refresh_token, Some("RT-new"), "{index}");
            assert_eq!(session.expires_at, Some(now() + TimeDelta::hours(1)), "{index}");
        }
    }
}

#[tokio::test]
async fn no_session_is_told_from_one_that_is_spent() {
    for body in [
        r#"{"accessToken":"","expiresIn":0}"#,
        r#"{"accessToken":null}"#,
        "\u{feff}{\"accessToken\":\"\",\"expiresIn\":\"0\"}",
    ] {
        assert_eq!(taken(Canned::json(200, body)).await.unwrap_err(), UpstreamError::NoSession);
    }
    for answer in [
        Canned::json(200, ""),
        Canned::json(200, "{}"),
        Canned::json(204, ""),
        Canned::json(200, "<html>"),
        Canned::json(200, "{\"accessToken\": \u{0}"),
        Canned::json(200, r#"{"accessToken":"undefined"}"#),
        Canned::json(200, r#"{"accessToken":"AT-n"#).breaking(),
        // The refresh token is in what is missing.
        Canned::json(200, r#"{"accessToken":"AT-new","expiresIn":3600,"refr"#).breaking(),
        Canned::json(200, r#"{"accessToken":"AT-new","expiresIn":3600,"refr"#),
        Canned::json(200, vec![b' '; 3 * 1024 * 1024]),
    ] {
        let error = taken(answer).await.unwrap_err();
        assert!(matches!(error, UpstreamError::Unreadable { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_is_a_session_that_is_spent() {
    // It takes the request and answers nothing.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move {
        use tokio::io::AsyncReadExt;
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = socket.read(&mut [0; 4096]).await;
        }
    });
    let nhost_auth = NhostAuth::new(base.clone(), base, Clock::from_fn(now)).unwrap();
    let lost =
        nhost_auth.take_session(Provider::Google, &"jwt".into(), None, now()).await.unwrap_err();
    assert!(matches!(lost, UpstreamError::Unreadable { .. }), "{lost:?}");
    let (recorder, nhost_auth) = at(None).await;
    drop(recorder);
    tokio::task::yield_now().await;
    let error =
        nhost_auth.take_session(Provider::Google, &"jwt".into(), None, now()).await.unwrap_err();
    assert_eq!(error, UpstreamError::unavailable("it can't be reached"));
}

#[tokio::test]
async fn a_jwt_is_read_with_the_same_leniency() {
    let session = r#"{"accessToken":"jwt","accessTokenExpiresIn":"900.0"}"#;
    let body = format!("\u{feff}{{\"session\":{session},\"mfa\":null}} ");
    let (_recorder, nhost_auth) = at(Some(Canned::json(200, gzip(&body)))).await;
    let (jwt, lifetime) = nhost_auth.sign_in_pat(&"pat".into()).await.unwrap();
    assert_eq!((jwt.expose_secret(), lifetime), ("jwt", TimeDelta::seconds(900)));
}
