//! What becomes of a refresh token that was used.

use chrono::Duration;
use nhost_auth_simulator::{GrantScript, Provider, RefreshAnswer};

use crate::world::{World, oauth_provider_error};

/// A grant that was refreshed once: the grant, a JWT, the first refresh token and the second.
async fn refreshed(
    world: &World,
    script: GrantScript,
) -> (nhost_auth_simulator::GrantId, String, String, String) {
    let ada = world.running.add_user("ada@example.com");
    let grant = world.running.sign_in(ada, Provider::Gitlab, script);
    let jwt = world.running.jwt(ada);
    let first = world.running.grant(grant).current_refresh_token.unwrap();
    let answer = world.refresh("gitlab", &jwt, &first).await;
    let second = answer.body["refreshToken"].as_str().unwrap().to_owned();
    (grant, jwt, first, second)
}

#[tokio::test]
async fn the_new_one_replaces_the_old_one() {
    let world = World::new().await;
    let (grant, jwt, first, second) = refreshed(&world, GrantScript::rotating()).await;
    assert_ne!(first, second);
    assert_eq!(world.refresh("gitlab", &jwt, &first).await, oauth_provider_error());
    assert!(world.running.grant(grant).alive);
    assert_eq!(world.refresh("gitlab", &jwt, &second).await.status, 200);
}

#[tokio::test]
async fn reuse_of_a_single_use_token_ends_the_grant() {
    let world = World::new().await;
    let script = GrantScript::rotating_single_use();
    let (grant, jwt, first, second) = refreshed(&world, script).await;
    assert_eq!(world.refresh("gitlab", &jwt, &first).await, oauth_provider_error());
    let view = world.running.grant(grant);
    assert!(!view.alive);
    assert_eq!(view.revoked_reason.as_deref(), Some("a refresh token was used twice"));
    assert_eq!(world.refresh("gitlab", &jwt, &second).await, oauth_provider_error());
    assert_eq!(world.opens("gitlab", &view.current_access_token).await, 401);
}

#[tokio::test]
async fn within_the_grace_an_old_one_brings_the_successor_and_after_it_nothing() {
    let world = World::new().await;
    let script = GrantScript::rotating_with_grace(Duration::seconds(60));
    let (grant, jwt, first, second) = refreshed(&world, script).await;
    world.running.advance(Duration::seconds(59));
    let late = world.refresh("gitlab", &jwt, &first).await;
    assert_eq!(late.status, 200);
    assert_eq!(late.body["refreshToken"], second);
    world.running.advance(Duration::seconds(1));
    assert_eq!(world.refresh("gitlab", &jwt, &first).await, oauth_provider_error());
    assert!(world.running.grant(grant).alive);
    assert_eq!(world.refresh("gitlab", &jwt, &second).await.status, 200);
}

#[tokio::test]
async fn a_stable_provider_may_send_a_new_one_now_and_then() {
    let world = World::new().await;
    let ada = world.running.add_user("ada@example.com");
    let jwt = world.running.jwt(ada);
    let grant = world.running.sign_in(ada, Provider::Spotify, GrantScript::stable());
    let first = world.running.grant(grant).current_refresh_token.unwrap();
    world.running.next_refresh_answers(grant, vec![RefreshAnswer::Rotated]);
    let second = world.refresh("spotify", &jwt, &first).await.body["refreshToken"].clone();
    assert_ne!(second, first);
    assert_eq!(world.refresh("spotify", &jwt, &first).await, oauth_provider_error());
    let again = world.refresh("spotify", &jwt, second.as_str().unwrap()).await;
    assert_eq!(again.body["refreshToken"], second);
}
