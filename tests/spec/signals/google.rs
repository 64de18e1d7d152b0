//! Google's security event tokens: what they mean, and which are none.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use domain::State;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use nhost_auth_simulator::{GrantScript, Provider, SignalMessage, SignalSecrets};
use serde_json::{Value, json};

use super::world;
use crate::harness::{User, World, on_both_empty_databases};

const ADA: &str = "ada@example.com";
const TOKENS_REVOKED: &str = "https://schemas.openid.net/secevent/oauth/event-type/tokens-revoked";
const ACCOUNT_ENABLED: &str = "https://schemas.openid.net/secevent/risc/event-type/account-enabled";
const CREDENTIAL_CHANGE: &str =
    "https://schemas.openid.net/secevent/risc/event-type/account-credential-change-required";

/// A token that says that Ada's were revoked.
pub(super) fn claims(world: &World) -> Value {
    let subject = json!({
        "subject_type": "iss-sub",
        "iss": "https://accounts.google.com/",
        "sub": world.id_of(Provider::Google, ADA),
    });
    json!({
        "iss": "https://accounts.google.com/",
        "aud": SignalSecrets::GOOGLE_CLIENT_ID,
        "iat": world.now().timestamp(),
        "jti": "756E69717565206964656E746966696572",
        "events": { TOKENS_REVOKED: { "subject": subject } },
    })
}

/// The status, and the error's name (RFC 8935, section 2.4).
async fn answer(world: &World, token: &str) -> (u16, Value) {
    let request = reqwest::Client::new()
        .post(world.receiver(Provider::Google))
        .header("content-type", "application/secevent+jwt")
        .body(token.to_owned());
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap_or_default();
    assert_eq!(body.is_null(), status == 202, "{body}");
    assert!(body.is_null() || body["description"].is_string(), "{body}");
    (status, body["err"].clone())
}

async fn is_refused(world: &World, ada: &User<'_>, token: &str, err: &str) {
    assert_eq!(answer(world, token).await, (400, json!(err)), "{token}");
    assert_eq!(world.state(ada.id, Provider::Google).await, State::Active, "{token}");
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

on_both_empty_databases! {
    async fn each_event_means_what_google_says(database: Database) {
        use State::{Active, ReauthenticationRequired as Ended};
        let world = world(database).await;
        let account = world.id_of(Provider::Google, ADA);
        for (event, state) in [
            ("tokens-revoked", Ended),
            ("account-purged", Ended),
            ("sessions-revoked", Active),
            ("account-disabled", Active),
            ("account-enabled", Active),
            ("account-credential-change-required", Active),
            ("something-new", Active),
        ] {
            let ada = world.user(ADA);
            ada.connected_for_a_while(Provider::Google).await;
            let message = world.simulator.google_signal(event, &account);
            assert_eq!(world.signal(Provider::Google, &message).await, 202, "{event}");
            assert_eq!(world.state(ada.id, Provider::Google).await, state, "{event}");
        }
        let test = world.simulator.google_event("verification", &json!({ "state": "1" }));
        assert_eq!(world.signal(Provider::Google, &test).await, 202);
    }

    async fn what_may_leave_the_tokens_as_they_are_is_a_reason_to_refresh(database: Database) {
        let world = world(database).await;
        let account = world.id_of(Provider::Google, ADA);
        for event in ["sessions-revoked", "account-disabled"] {
            let ada = world.user(ADA);
            ada.connected_for_a_while(Provider::Google).await;
            world.advance(TimeDelta::minutes(6));
            let message = world.simulator.google_signal(event, &account);
            assert_eq!(world.signal(Provider::Google, &message).await, 202, "{event}");
            let row = world.row(ada.id, Provider::Google).await.unwrap();
            assert_eq!((row.state, row.refresh_due_at), (State::Active, Some(world.now())), "{event}");
            ada.access_token(Provider::Google).await;
        }
    }

    async fn a_token_that_may_be_issued_after_a_sign_in_for_what_was_before_ends_nothing(
        database: Database
    ) {
        let world = world(database).await;
        let mut ada = world.user(ADA);
        // The grant before ended, and the user has signed in again before Google issues the token.
        for (toe, state) in [
            (None, State::Active),
            (Some(-TimeDelta::minutes(2)), State::Active),
            (Some(-TimeDelta::seconds(30)), State::ReauthenticationRequired),
            // It can't have happened after it was told.
            (Some(TimeDelta::days(1)), State::ReauthenticationRequired),
        ] {
            ada.renew_jwt();
            ada.connected(Provider::Google, GrantScript::stable()).await;
            world.server.connections.look_up_due().await.unwrap();
            world.advance(TimeDelta::minutes(1));
            let mut claims = claims(&world);
            claims["jti"] = json!(format!("{toe:?}"));
            if let Some(toe) = toe {
                claims["toe"] = json!((world.now() + toe).timestamp());
            }
            let token = world.simulator.google_token(&claims).body;
            assert_eq!(answer(&world, &token).await.0, 202, "{toe:?}");
            let row = world.row(ada.id, Provider::Google).await.unwrap();
            assert_eq!(row.state, state, "{toe:?}");
            // It is asked all the same.
            if state == State::Active {
                assert_eq!(row.refresh_due_at, Some(world.now()), "{toe:?}");
            }
            world.advance(TimeDelta::hours(1));
        }
    }

    async fn an_account_that_is_enabled_again_is_tried_at_once(database: Database) {
        let world = world(database).await;
        let worker = world.replica_with(|config| config.refresh.pacing.concurrency = 4).await;
        let ada = world.user(ADA);
        ada.connected_for_a_while(Provider::Google).await;
        let account = world.id_of(Provider::Google, ADA);
        for (event, state) in [
            ("account-purged", State::ReauthenticationRequired),
            ("account-enabled", State::Active),
        ] {
            let message = world.simulator.google_signal(event, &account);
            assert_eq!(world.signal(Provider::Google, &message).await, 202);
            world.advance(TimeDelta::minutes(6));
            worker.work().await;
            assert_eq!(world.state(ada.id, Provider::Google).await, state, "{event}");
            world.advance(TimeDelta::minutes(6));
        }
    }

    async fn an_account_that_is_enabled_again_a_moment_later_does_not_wait_either(
        database: Database
    ) {
        let world = world(database).await;
        let ada = world.user(ADA);
        ada.connected_for_a_while(Provider::Google).await;
        let account = world.id_of(Provider::Google, ADA);
        let ended = world.simulator.google_signal("account-purged", &account);
        assert_eq!(world.signal(Provider::Google, &ended).await, 202);
        world.advance(TimeDelta::seconds(6));
        let enabled = world.simulator.google_signal("account-enabled", &account);
        assert_eq!(world.signal(Provider::Google, &enabled).await, 202);
        let row = world.row(ada.id, Provider::Google).await.unwrap();
        assert_eq!(row.state, State::ReauthenticationRequired);
        assert_eq!(row.refresh_due_at, Some(world.now()));
    }

    async fn a_single_token_is_known_by_its_beginning_and_by_its_hash(database: Database) {
        let world = world(database).await;
        for algorithm in ["prefix", "hash_base64_sha512_sha512"] {
            let (ada, bob) = (world.user(ADA), world.user("bob@example.com"));
            let grant = ada.connected_for_a_while(Provider::Google).await;
            let bobs = bob.connected_for_a_while(Provider::Google).await;
            let token = world.simulator.grant(grant).current_refresh_token.unwrap();
            let named = if algorithm == "prefix" {
                token[..16].to_owned()
            } else {
                hash(&token)
            };
            let subject = json!({
                "subject_type": "oauth_token",
                "token_type": "refresh_token",
                "token_identifier_alg": algorithm,
                "token": named,
            });
            let says = json!({ "subject": subject });
            let message = world.simulator.google_event("token-revoked", &says);
            assert_eq!(world.signal(Provider::Google, &message).await, 202, "{algorithm}");
            let rows = [&ada, &bob].map(|user| world.row(user.id, Provider::Google));
            let [of_ada, of_bob] = rows;
            let (of_ada, of_bob) = (of_ada.await.unwrap(), of_bob.await.unwrap());
            let of_both = |row: &str| row.starts_with(&token[..16]);
            let bobs = world.simulator.grant(bobs).current_refresh_token.unwrap();
            if algorithm == "prefix" && of_both(&bobs) {
                // It is not certain whose it is.
                assert_eq!((of_ada.state, of_bob.state), (State::Active, State::Active));
            } else {
                assert_eq!(of_ada.state, State::ReauthenticationRequired);
                assert_eq!(of_bob.state, State::Active);
            }
        }
    }

    async fn what_an_event_is_about_matters_only_where_something_is_done(database: Database) {
        let world = world(database).await;
        let ada = world.user(ADA);
        ada.connected_for_a_while(Provider::Google).await;
        let access_token = json!({
            "subject_type": "oauth_token",
            "token_type": "access_token",
            "token_identifier_alg": "something_new",
            "token": "1",
        });
        let by_email = json!({ "subject_type": "email", "email": ADA });
        for (event, says) in [
            // This server does not look for access tokens.
            ("token-revoked", json!({ "subject": access_token })),
            ("account-credential-change-required", json!({ "subject": by_email })),
            ("account-credential-change-required", json!({})),
            ("something-new", json!({ "subject": by_email })),
        ] {
            let message = world.simulator.google_event(event, &says);
            assert_eq!(world.signal(Provider::Google, &message).await, 202, "{event}: {says}");
            assert_eq!(world.state(ada.id, Provider::Google).await, State::Active, "{event}");
        }
    }

    async fn an_event_that_cannot_be_read_does_not_stop_another_of_the_same_token(
        database: Database
    ) {
        let world = world(database).await;
        let ada = world.user(ADA);
        ada.connected_for_a_while(Provider::Google).await;
        let by_email = json!({ "subject": { "subject_type": "email", "email": ADA } });
        let mut claims = claims(&world);
        let readable = claims["events"].take();
        // Nothing is done for what is but logged: Google is to hear of the other.
        claims["events"] = json!({ TOKENS_REVOKED: by_email, CREDENTIAL_CHANGE: by_email });
        let token = world.simulator.google_token(&claims).body;
        is_refused(&world, &ada, &token, "invalid_request").await;
        claims["events"] = readable;
        claims["events"][ACCOUNT_ENABLED] = by_email;
        let token = world.simulator.google_token(&claims).body;
        assert_eq!(answer(&world, &token).await.0, 202);
        assert_eq!(
            world.state(ada.id, Provider::Google).await,
            State::ReauthenticationRequired
        );
    }

    async fn a_token_that_is_not_googles_or_not_for_this_app_is_refused(database: Database) {
        let world = world(database).await;
        let ada = world.user(ADA);
        ada.connected_for_a_while(Provider::Google).await;
        let changed = |change: &dyn Fn(&mut Value)| {
            let mut claims = claims(&world);
            change(&mut claims);
            world.simulator.google_token(&claims).body
        };
        let set = |name: &'static str, value: Value| {
            changed(&|claims: &mut Value| claims[name] = value.clone())
        };
        let without = |name: &'static str| {
            changed(&|claims: &mut Value| {
                claims.as_object_mut().unwrap().remove(name);
            })
        };
        for (token, err) in [
            (set("aud", json!("somebody-else")), "invalid_audience"),
            (set("aud", json!(["somebody-else", 1, null])), "invalid_audience"),
            (set("aud", json!({ "simulator-client": true })), "invalid_audience"),
            (without("aud"), "invalid_audience"),
            (set("iss", json!("https://accounts.google.com.example/")), "invalid_issuer"),
            (set("iss", json!(["https://accounts.google.com/"])), "invalid_issuer"),
            (without("iss"), "invalid_issuer"),
            (without("jti"), "invalid_request"),
            (set("jti", json!("")), "invalid_request"),
            (set("jti", json!("x".repeat(257))), "invalid_request"),
            (without("iat"), "invalid_request"),
            (set("iat", json!("now")), "invalid_request"),
            (set("iat", json!(0)), "invalid_request"),
            (set("iat", json!(world.now().timestamp() + 301)), "invalid_request"),
            // An ID token, which Google signs with the same key for the same audience.
            (without("events"), "invalid_request"),
            (set("events", json!([TOKENS_REVOKED])), "invalid_request"),
            (set("events", json!({ TOKENS_REVOKED: {} })), "invalid_request"),
            (set("events", json!({ TOKENS_REVOKED: { "subject": {
                "subject_type": "iss-sub", "iss": "https://example.com", "sub": world.id_of(Provider::Google, ADA),
            } } })), "invalid_request"),
            (set("events", json!({ TOKENS_REVOKED: { "subject": {
                "subject_type": "email", "email": ADA,
            } } })), "invalid_request"),
        ] {
            is_refused(&world, &ada, &token, err).await;
        }
        assert_eq!(answer(&world, &changed(&|_| {})).await.0, 202);
        assert_eq!(
            world.state(ada.id, Provider::Google).await,
            State::ReauthenticationRequired
        );
    }

    async fn a_token_does_not_say_how_it_is_verified(database: Database) {
        let world = world(database).await;
        let ada = world.user(ADA);
        ada.connected_for_a_while(Provider::Google).await;
        let claims = claims(&world);
        let genuine = world.simulator.google_token(&claims).body;
        let mut parts = genuine.split('.');
        let (header, payload, signature) =
            (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
        let with = |name: &str, value: Value| {
            let mut header = header.clone();
            header[name] = value;
            encoded(&header)
        };
        // Without a signature, or with the one of another algorithm's.
        for none in ["none", "None", "NONE", "nOnE", ""] {
            let header = with("alg", json!(none));
            let (unsigned, signed) =
                (format!("{header}.{payload}."), format!("{header}.{payload}.{signature}"));
            is_refused(&world, &ada, &unsigned, "invalid_request").await;
            is_refused(&world, &ada, &signed, "invalid_request").await;
        }
        for other in ["RS384", "RS512", "PS256", "ES256", "HS256"] {
            let token = format!("{}.{payload}.{signature}", with("alg", json!(other)));
            is_refused(&world, &ada, &token, "invalid_key").await;
        }
        // The public key as a shared secret, as PEM, as its JWK and as its modulus.
        let jwks = world.simulator.google_signal_keys();
        let jwk = &jwks["keys"][0];
        for secret in [
            world.simulator.google_signal_public_key(),
            world.simulator.google_signal_public_key().trim().to_owned(),
            jwk.to_string(),
            jwk["n"].as_str().unwrap().to_owned(),
        ] {
            let mut header = Header::new(Algorithm::HS256);
            header.kid = jwk["kid"].as_str().map(str::to_owned);
            let key = EncodingKey::from_secret(secret.as_bytes());
            let token = jsonwebtoken::encode(&header, &claims, &key).unwrap();
            is_refused(&world, &ada, &token, "invalid_key").await;
        }
        // A key that the token brings along or points to; one that Google does not have.
        let foreign = nhost_auth_simulator::Simulator::new(nhost_auth_simulator::Options::default());
        let token = foreign.google_token(&claims).body;
        is_refused(&world, &ada, &token, "invalid_key").await;
        let kid = with("kid", header["kid"].clone());
        let own = foreign.google_signal_keys()["keys"][0].clone();
        let signature = token.rsplit_once('.').unwrap().1;
        is_refused(&world, &ada, &format!("{kid}.{payload}.{signature}"), "invalid_key").await;
        let header = with("jwk", own);
        is_refused(&world, &ada, &format!("{header}.{payload}.{signature}"), "invalid_key").await;
        // What it demands to be understood.
        let header = with("crit", json!(["b64"]));
        let token = format!("{header}.{payload}.{}", genuine.rsplit_once('.').unwrap().1);
        is_refused(&world, &ada, &token, "invalid_request").await;
        assert_eq!(answer(&world, &genuine).await.0, 202);
    }

    async fn keys_that_google_has_changed_are_fetched(database: Database) {
        let world = world(database).await;
        let ada = world.user(ADA);
        for _ in 0..2 {
            let grant = ada.connected_for_a_while(Provider::Google).await;
            world.revoked(Provider::Google, grant).await;
            assert_eq!(
                world.state(ada.id, Provider::Google).await,
                State::ReauthenticationRequired
            );
            world.simulator.rotate_google_signal_key();
            world.advance(TimeDelta::minutes(1));
        }
    }

    async fn without_googles_keys_it_is_asked_to_send_it_again(database: Database) {
        let nowhere = |config: &mut provider_connections::config::Config| {
            let google = config.signals.google.as_mut().unwrap();
            google.configuration_url = "http://127.0.0.1:9/".parse().unwrap();
        };
        let world = super::world_with(database, nowhere).await;
        let message = world.simulator.google_token(&claims(&world));
        assert_eq!(world.signal(Provider::Google, &message).await, 503);
        // What can be refused without them is.
        let foreign = SignalMessage { body: message.body.replacen("ey", "e", 1), ..message };
        assert_eq!(world.signal(Provider::Google, &foreign).await, 400);
    }
}

fn hash(token: &str) -> String {
    use aws_lc_rs::digest::{SHA512, digest};
    use base64::engine::general_purpose::STANDARD;
    let once = digest(&SHA512, token.as_bytes());
    STANDARD.encode(digest(&SHA512, once.as_ref()))
}
