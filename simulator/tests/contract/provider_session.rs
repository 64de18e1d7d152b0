//! `GET …/callback/tokens`

use nhost_auth_simulator::{GrantScript, Options, Provider, RefreshTokenWire};
use serde_json::{Value, json};

use crate::world::{World, error};

#[tokio::test]
async fn a_fresh_session_is_handed_out_with_its_expiry() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    let grant = world.running.sign_in(ada, Provider::Google, GrantScript::stable());
    let view = world.running.grant(grant);
    let answer = world.fetch("google", &world.running.jwt(ada)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.body,
        json!({
            "accessToken": view.current_access_token,
            "expiresIn": 3600,
            "expiresAt": "2030-01-01T13:00:00Z",
            "refreshToken": view.current_refresh_token,
        })
    );
    assert!(view.current_access_token.starts_with("sim-at-google-"));
    assert!(view.current_refresh_token.unwrap().starts_with("sim-rt-google-"));
}

#[tokio::test]
async fn no_row_for_this_user_and_provider_is_a_200_with_an_empty_access_token() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    world.running.sign_in(ada, Provider::Google, GrantScript::stable());
    let answer = world.fetch("spotify", &world.running.jwt(ada)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["accessToken"], "");
    assert_eq!(answer.body["expiresIn"], 0);
}

#[tokio::test]
async fn a_session_is_cleared_by_reading_it_and_then_is_a_500() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    world.running.sign_in(ada, Provider::Google, GrantScript::stable());
    let jwt = world.running.jwt(ada);
    assert_eq!(world.fetch("google", &jwt).await.status, 200);
    let gone = error(500, "internal-server-error", "Internal server error");
    assert_eq!(world.fetch("google", &jwt).await, gone);
}

#[tokio::test]
async fn of_many_reads_at_once_one_gets_the_session() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    world.running.sign_in(ada, Provider::Google, GrantScript::stable());
    let jwt = world.running.jwt(ada);
    let gate = world.running.gate(nhost_auth_simulator::Endpoint::ProviderTokens);
    let release = async {
        gate.arrived(3).await;
        gate.release();
    };
    let (a, b, c, ()) = tokio::join!(
        world.fetch("google", &jwt),
        world.fetch("google", &jwt),
        world.fetch("google", &jwt),
        release
    );
    let mut statuses = [a.status, b.status, c.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 500, 500]);
}

#[tokio::test]
async fn a_provider_that_was_linked_without_a_session_is_a_500() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    world.running.link_without_session(ada, Provider::Google);
    let answer = world.fetch("google", &world.running.jwt(ada)).await;
    assert_eq!(answer, error(500, "internal-server-error", "Internal server error"));
}

#[tokio::test]
async fn no_refresh_token_is_empty_null_or_missing() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    for (wire, expected) in [
        (RefreshTokenWire::Empty, Some(json!(""))),
        (RefreshTokenWire::Same, Some(json!(""))),
        (RefreshTokenWire::Null, Some(Value::Null)),
        (RefreshTokenWire::Omitted, None),
    ] {
        let script = GrantScript::no_refresh_token().absent(wire);
        world.running.sign_in(ada, Provider::Facebook, script);
        let answer = world.fetch("facebook", &world.running.jwt(ada)).await;
        assert_eq!(answer.body.get("refreshToken"), expected.as_ref(), "{wire:?}");
    }
}

#[tokio::test]
async fn a_token_that_never_expires_says_zero_seconds_and_about_now() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    let grant = world.running.sign_in(ada, Provider::Github, GrantScript::never_expires());
    let answer = world.fetch("github", &world.running.jwt(ada)).await;
    assert_eq!(answer.body["expiresIn"], 0);
    assert_eq!(answer.body["expiresAt"], "2030-01-01T12:00:00Z");
    assert_eq!(answer.body["refreshToken"], "");
    world.running.advance(chrono::Duration::days(1000));
    let token = world.running.grant(grant).current_access_token;
    assert_eq!(world.opens("github", &token).await, 200);
}

#[tokio::test]
async fn oauth_1_says_the_zero_time() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    world.running.sign_in(ada, Provider::Twitter, GrantScript::oauth1());
    let answer = world.fetch("twitter", &world.running.jwt(ada)).await;
    assert_eq!(answer.body["expiresIn"], 0);
    assert_eq!(answer.body["expiresAt"], "0001-01-01T00:00:00Z");
    assert_eq!(answer.body.get("refreshToken"), None);
}

#[tokio::test]
async fn expiry_counts_from_the_sign_in_and_not_from_the_read() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    world.running.sign_in(ada, Provider::Google, GrantScript::stable());
    world.running.advance(chrono::Duration::minutes(10));
    let answer = world.fetch("google", &world.running.jwt(ada)).await;
    assert_eq!(answer.body["expiresIn"], 3600);
    assert_eq!(answer.body["expiresAt"], "2030-01-01T13:00:00Z");
}

#[tokio::test]
async fn expiry_can_be_skewed_or_half_missing() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    let jwt = world.running.jwt(ada);
    world.running.sign_in(ada, Provider::Google, GrantScript::stable().skew(-300));
    let answer = world.fetch("google", &jwt).await;
    assert_eq!(answer.body["expiresIn"], 3600);
    assert_eq!(answer.body["expiresAt"], "2030-01-01T12:55:00Z");
    world.running.sign_in(ada, Provider::Google, GrantScript::stable().expires_in_only());
    let answer = world.fetch("google", &jwt).await;
    assert_eq!(answer.body.get("expiresAt"), None);
}

#[tokio::test]
async fn of_several_linked_accounts_only_the_newest_row_is_read() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    let jwt = world.running.jwt(ada);
    let sign_in = |account| {
        let script = GrantScript::stable();
        let grant = world.running.sign_in_as(ada, Provider::Google, account, script);
        world.running.grant(grant).current_access_token
    };
    sign_in("ada@example.com");
    let newest = sign_in("countess@example.com");
    sign_in("ada@example.com");
    assert_eq!(world.fetch("google", &jwt).await.body["accessToken"], newest);
    assert_eq!(world.fetch("google", &jwt).await.status, 500);
}

#[tokio::test]
async fn an_older_version_fails_with_two_linked_accounts_until_one_is_unlinked() {
    let world = World::with(Options { fails_with_two_accounts: true, ..Options::default() }).await;
    let ada = world.running.add_user("ada@example.com");
    let jwt = world.running.jwt(ada);
    let accounts = ["ada@example.com", "countess@example.com"];
    for account in accounts {
        world.running.sign_in_as(ada, Provider::Google, account, GrantScript::stable());
    }
    let fault = error(500, "internal-server-error", "Internal server error");
    for account in accounts {
        assert_eq!(world.fetch("google", &jwt).await, fault);
        // Signing in again with either changes nothing.
        world.running.sign_in_as(ada, Provider::Google, account, GrantScript::stable());
    }
    assert_eq!(world.fetch("google", &jwt).await, fault);
    world.running.unlink(ada, Provider::Google, accounts[1]);
    assert_eq!(world.fetch("google", &jwt).await.status, 200);
}

#[tokio::test]
async fn the_user_is_looked_up() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    let jwt = world.running.jwt(ada);
    world.running.sign_in(ada, Provider::Google, GrantScript::stable());
    world.running.disable_user(ada);
    let disabled = error(401, "disabled-user", "User is disabled");
    assert_eq!(world.fetch("google", &jwt).await, disabled);

    let anonymous = world.running.add_anonymous_user();
    let forbidden = error(403, "forbidden-anonymous", "Forbidden, user is anonymous.");
    assert_eq!(world.fetch("google", &world.running.jwt(anonymous)).await, forbidden);

    let invalid = error(400, "invalid-request", "The request payload is incorrect");
    assert_eq!(world.fetch("google", "").await, invalid);
    assert_eq!(world.fetch("google", &world.running.state_jwt()).await, invalid);
}

#[tokio::test]
async fn a_new_sign_in_brings_a_new_session_and_leaves_the_old_grant_alive() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    let jwt = world.running.jwt(ada);
    let first = world.running.sign_in(ada, Provider::Google, GrantScript::stable());
    assert_eq!(world.fetch("google", &jwt).await.status, 200);
    let second = world.running.sign_in(ada, Provider::Google, GrantScript::stable());
    assert_eq!(world.running.grant_of(ada, Provider::Google), Some(second));
    let token = world.running.grant(second).current_access_token;
    assert_eq!(world.fetch("google", &jwt).await.body["accessToken"], token);
    assert!(world.running.grant(first).alive);
}
