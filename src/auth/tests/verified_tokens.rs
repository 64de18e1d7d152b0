//! A token that was verified before is not verified again, and nobody can tell: it is refused
//! whenever one that comes for the first time would be.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, Utc};
use http::HeaderMap;
use jsonwebtoken::Algorithm;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};

use super::{
    CLAIMS, NOW, SECRET, SERVICE_SECRET, USER, headers,
    keys::Pair,
    payload, payload_but,
    tokens::{sign, sign_by},
    who,
};
use crate::{
    auth::{AuthError, Authenticator, Caller, JwtSecret, JwtSecrets, JwtVerifier, Reason},
    clock::Clock,
};

/// A server with a clock that a test sets.
struct Server {
    verifier: JwtVerifier,
    authenticator: Authenticator,
    now: Arc<AtomicI64>,
}

impl Server {
    fn new(secrets: &JwtSecrets) -> Self {
        let now = Arc::new(AtomicI64::new(NOW));
        let shown = now.clone();
        let shown = move || DateTime::<Utc>::from_timestamp(shown.load(Ordering::SeqCst), 0);
        let clock = Clock::from_fn(move || shown().unwrap());
        let verifier = JwtVerifier::new(secrets, clock).unwrap();
        let authenticator = Authenticator::new(verifier.clone(), Some(SERVICE_SECRET.into()));
        Self { verifier, authenticator, now }
    }

    fn of(secret: &Value) -> Self {
        Self::new(&JwtSecret::parse(&secret.to_string()).unwrap().into())
    }

    fn at(&self, now: i64) -> &Self {
        self.now.store(now, Ordering::SeqCst);
        self
    }

    fn ask(&self, headers: &HeaderMap) -> Result<Caller, AuthError> {
        who(&self.authenticator, headers)
    }

    fn ask_with(&self, token: &str) -> Result<Caller, AuthError> {
        self.ask(&bearer(token))
    }

    /// How many of these requests' tokens were known, and how many not.
    fn hits_and_misses(&self, requests: &[HeaderMap]) -> (u64, u64) {
        let recorder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            for request in requests {
                let _ = self.ask(request);
            }
        });
        let counted = recorder.handle().render();
        let count = |result: &str| {
            let series =
                format!("provider_connections_jwt_cache_lookups_total{{result=\"{result}\"}} ");
            let line = counted.lines().find_map(|line| line.strip_prefix(&series));
            line.map_or(0, |count| count.parse().unwrap())
        };
        (count("hit"), count("miss"))
    }
}

fn bearer(token: &str) -> HeaderMap {
    headers(&[("authorization", &format!("Bearer {token}"))])
}

fn hs256(mut more: Value) -> Value {
    more["type"] = "HS256".into();
    more["key"] = SECRET.into();
    more
}

#[test]
fn a_token_of_any_algorithm_is_verified_once() {
    for pair in Pair::all() {
        let server = Server::of(&pair.verifying());
        let requests = vec![bearer(&sign_by(&pair, &payload())); 3];
        assert_eq!(server.hits_and_misses(&requests), (2, 1), "{}", pair.type_name);
        let shown = |caller: Caller| format!("{caller:?}");
        let (first, second) =
            (server.ask(&requests[0]).unwrap(), server.ask(&requests[0]).unwrap());
        assert_eq!(shown(first), shown(second));
    }
}

#[test]
fn one_that_expires_while_it_is_known_is_refused_from_that_second_on() {
    for pair in Pair::all() {
        let server = Server::of(&pair.verifying());
        let token = sign_by(&pair, &payload());
        assert!(server.ask_with(&token).is_ok());
        assert!(server.at(NOW + 799).ask_with(&token).is_ok());
        let error = server.at(NOW + 800).ask_with(&token).unwrap_err();
        assert_eq!(error.reason, Reason::JwtExpired, "{}", pair.type_name);
    }
}

/// Also where the clock is set back, or a token has a beginning.
#[test]
fn a_known_token_is_judged_like_a_new_one_at_any_time() {
    let times = [NOW, NOW - 11, NOW + 9, NOW - 10, NOW + 10, NOW - 1, NOW + 30, 0, NOW, NOW + 29];
    let ends = [json!(NOW + 1), json!(NOW + 20), json!(1_800_000_020.5), json!(i64::MAX)];
    let begins =
        [None, Some(json!(NOW)), Some(json!(NOW - 1)), Some(json!(i64::MIN)), Some(json!(0))];
    let judged = |server: &Server, token: &str| {
        server.ask_with(token).map(|caller| caller.expires_at()).map_err(|error| error.message)
    };
    for skew in [0, 10] {
        let secret = hs256(json!({ "allowed_skew": skew }));
        let server = Server::of(&secret);
        for (exp, nbf) in ends.iter().flat_map(|exp| begins.iter().map(move |nbf| (exp, nbf))) {
            let token = sign(&payload_but(|payload| {
                payload["exp"] = exp.clone();
                if let Some(nbf) = nbf {
                    payload["nbf"] = nbf.clone();
                }
            }));
            assert!(judged(server.at(NOW), &token).is_ok(), "it is known from here on");
            for now in times {
                let new = judged(Server::of(&secret).at(now), &token);
                assert_eq!(judged(server.at(now), &token), new, "{exp} {nbf:?} {skew} at {now}");
            }
        }
        assert_eq!(server.verifier.remembered(), 20);
    }
}

#[test]
fn a_known_token_with_one_character_changed_is_refused() {
    for pair in [Pair::shared("HS256", Algorithm::HS256, 32), Pair::es256()] {
        let server = Server::of(&pair.verifying());
        let token = sign_by(&pair, &payload());
        assert!(server.ask_with(&token).is_ok());
        for at in 0..token.len() {
            let other = if &token[at..=at] == "A" { "B" } else { "A" };
            let changed = format!("{}{other}{}", &token[..at], &token[at + 1..]);
            let error = server.ask_with(&changed).unwrap_err();
            assert_eq!(error.reason, Reason::JwtInvalid, "{changed}");
        }
        for changed in [format!("{token}A"), token[..token.len() - 1].to_owned()] {
            assert!(server.ask_with(&changed).is_err(), "{changed}");
        }
        assert!(server.ask_with(&token).is_ok());
    }
}

#[test]
fn what_is_refused_is_not_remembered() {
    let secret = hs256(json!({ "issuer": "hasura-auth", "audience": "app" }));
    let server = Server::of(&secret);
    let good = payload_but(|payload| payload["aud"] = "app".into());
    let but = |name: &str, value: Value| {
        let mut payload = good.clone();
        payload[name] = value;
        sign(&payload)
    };
    let refused = [
        but("exp", json!(NOW)),
        but("exp", Value::Null),
        but("nbf", json!(NOW + 1)),
        but("iss", "another".into()),
        but("aud", "another".into()),
        but("sub", "00000000-0000-0000-0000-000000000002".into()),
        but(CLAIMS, json!({})),
        sign_by(&Pair::shared("HS256", Algorithm::HS256, 32), &good),
        sign_by(&Pair::es256(), &good),
    ];
    for token in &refused {
        assert!(server.ask_with(token).is_err(), "{token}");
        assert!(server.ask_with(token).is_err(), "{token}");
    }
    assert_eq!(server.verifier.remembered(), 0);
    assert!(server.ask_with(&sign(&good)).is_ok());
    assert_eq!(server.verifier.remembered(), 1);
}

#[test]
fn the_headers_of_each_request_still_decide() {
    let server = Server::of(&hs256(json!({})));
    let jwt = format!("Bearer {}", sign(&payload()));
    let with = |more: &[(&str, &str)]| {
        server.ask(&headers(&[&[("authorization", jwt.as_str())], more].concat()))
    };
    for _ in 0..2 {
        for role in ["user", "me"] {
            let Caller::User(user) = with(&[("x-hasura-role", role)]).unwrap() else { panic!() };
            assert_eq!((user.id(), user.role()), (USER, role));
        }
        let error = with(&[("x-hasura-role", "admin")]).unwrap_err();
        assert_eq!(error.reason, Reason::RoleNotAllowed);
        let error = with(&[("x-service-secret", "wrong")]).unwrap_err();
        assert_eq!(error.reason, Reason::ServiceSecretInvalid);
        let service = with(&[("x-service-secret", SERVICE_SECRET)]).unwrap();
        assert!(matches!(service, Caller::Service(_)));
    }
    let cookie = hs256(json!({ "header": { "type": "Cookie", "name": "session" } }));
    let server = Server::of(&cookie);
    let cookie = format!("session={}", sign(&payload()));
    let own_page = [("cookie", cookie.as_str()), ("x-requested-with", "XMLHttpRequest")];
    assert!(server.ask(&headers(&own_page)).is_ok());
    let error = server.ask(&headers(&own_page[..1])).unwrap_err();
    assert_eq!(error.reason, Reason::CrossSite);
}

#[test]
fn a_token_that_one_secret_has_verified_is_not_known_to_another() {
    let theirs = Pair::es256();
    let mut in_cookie = theirs.verifying();
    in_cookie["header"] = json!({ "type": "Cookie", "name": "session" });
    let secrets = json!([hs256(json!({})), in_cookie]);
    let server = Server::new(&JwtSecrets::parse(&secrets.to_string()).unwrap());
    let token = sign_by(&theirs, &payload());
    let cookie = format!("session={token}");
    let in_its_place = headers(&[("cookie", &cookie), ("x-requested-with", "XMLHttpRequest")]);
    for _ in 0..2 {
        assert!(server.ask(&in_its_place).is_ok());
        let error = server.ask_with(&token).unwrap_err();
        assert!(error.message.contains("JWSInvalidAlgorithm"), "{error}");
    }
}

#[test]
fn while_a_key_is_changed_tokens_of_both_are_known_to_their_own_secret() {
    let (old, new) = (Pair::es256(), Pair::es256());
    let secrets = json!([new.verifying(), old.verifying()]);
    let server = Server::new(&JwtSecrets::parse(&secrets.to_string()).unwrap());
    let of_new = vec![bearer(&sign_by(&new, &payload())); 3];
    assert_eq!(server.hits_and_misses(&of_new), (2, 1));
    // The first secret refuses it each time.
    let of_old = vec![bearer(&sign_by(&old, &payload())); 3];
    assert_eq!(server.hits_and_misses(&of_old), (2, 4));
}

#[test]
fn an_issuer_that_sessions_show_is_learnt_from_known_tokens_too() {
    let secret = JwtSecrets::from(JwtSecret::parse(&hs256(json!({})).to_string()).unwrap());
    let server = Server::new(&secret);
    let by = |issuer: &str| sign(&payload_but(|payload| payload["iss"] = issuer.into()));
    for issuer in ["old", "new", "old", "new"] {
        assert!(server.ask_with(&by(issuer)).is_ok());
        assert_eq!(secret.issuer(), crate::auth::Issuer::Seen(issuer.to_owned()));
    }
}
