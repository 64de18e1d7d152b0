//! A stored token whose key is missing is told as such, with where to sign in again; it stays as it
//! is, opens when the key is back, and a new sign-in replaces it.

use nhost_auth_simulator::{Endpoint, GrantScript, Provider};
use provider_connections::{store::Now, vault::KeyRing};
use serde_json::json;

use crate::harness::{Answer, Server, World, on_both_databases};

const OTHER_KEYS: &str = "other:IB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgE=";
const READ: &str = "{ providerConnection(provider: google) { status accessToken } }";
const REFRESH: &str = "mutation { refreshProviderToken(provider: google) { status } }";
const CONNECT: &str = "mutation { connectProvider(provider: google) { id status accessToken } }";

/// What anybody can do about it, and nothing of the key.
#[track_caller]
fn assert_unreadable(world: &World, answer: &Answer) {
    assert_eq!(answer.code(), "TOKEN_UNREADABLE");
    assert_eq!(answer.extension("provider"), "google");
    let url = world.simulator.base_url();
    let url = format!("{}/signin/provider/google", url.as_str().trim_end_matches('/'));
    assert_eq!(answer.extension("reauthenticationUrl"), &json!(url));
    assert_eq!(
        answer.message(),
        "The server can't decrypt the stored token for Google. Sign in with Google again, or ask \
         the operator to restore the encryption key."
    );
    assert!(!answer.0.to_string().contains("spec"), "the key's id is for the log: {answer:?}");
}

/// A server that has lost the key, and whose operator has said so: it would not start otherwise.
async fn without_the_key(world: &World) -> Server {
    let store = world.database.open(Now::Database).await;
    store.retire_key("spec").await.unwrap();
    store.close().await;
    let keys = KeyRing::parse(OTHER_KEYS).unwrap();
    world.replica_with(|config| config.encryption_keys = keys).await
}

on_both_databases! {
    async fn a_token_without_its_key_stays_as_it_is_until_the_key_is_back(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let before = world.row(ada.id, Provider::Google).await.unwrap();
        let without = without_the_key(&world).await;
        for _ in 0..2 {
            let read = ada.ask_at(&without, READ, json!({})).await;
            assert_unreadable(&world, &read);
            assert_eq!(read.at("/data/providerConnection/status"), "ACTIVE");
            assert_unreadable(&world, &ada.ask_at(&without, REFRESH, json!({})).await);
        }
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 0);
        let mut after = world.row(ada.id, Provider::Google).await.unwrap();
        // A refresh took the lease and gave it back, and nothing else.
        after.lease_until = before.lease_until;
        assert_eq!(before, after);
        let token = ada.access_token(Provider::Google).await;
        assert!(ada.can_use(Provider::Google, &token).await, "with the key it opens");
    }

    async fn a_new_sign_in_heals_a_token_without_its_key(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let without = without_the_key(&world).await;
        assert_unreadable(&world, &ada.ask_at(&without, READ, json!({})).await);
        ada.sign_in(Provider::Google, GrantScript::stable());
        let connected = ada.ask_at(&without, CONNECT, json!({})).await;
        assert_eq!(connected.text("/connectProvider/status"), "ACTIVE");
        let read = ada.ask_at(&without, READ, json!({})).await;
        let token = read.text("/providerConnection/accessToken");
        assert!(ada.can_use(Provider::Google, token).await);
        // Its refresh token is the new one, too.
        world.advance(chrono::TimeDelta::hours(1));
        ada.renew_jwt();
        let refreshed = ada.ask_at(&without, REFRESH, json!({})).await;
        assert_eq!(refreshed.text("/refreshProviderToken/status"), "ACTIVE");
    }
}
