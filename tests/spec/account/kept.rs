//! What a provider has said of an account is personal data.

use domain::Sealed;
use nhost_auth_simulator::{Endpoint, GrantScript, Provider};
use provider_connections::{
    connections::encryption_keys::Rotation,
    random::Random,
    store::Now,
    vault::{Binding, Field, KeyRing, Vault},
};
use secrecy::ExposeSecret;

use crate::harness::{KEYS, on_both_databases};

const NEW: &str = "new:HxweHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgE=";

fn vault(keys: &str) -> Vault {
    Vault::new(KeyRing::parse(keys).unwrap(), Random::system())
}

on_both_databases! {
    async fn it_is_sealed_and_goes_with_the_connection(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.server.look_up().await;
        let row = world.row(ada.id, Provider::Google).await.unwrap();
        let profile = row.profile.unwrap();
        for plain in ["ada@example.com", "Ada", "google|"] {
            let plain = plain.as_bytes();
            assert!(!profile.windows(plain.len()).any(|bytes| bytes == plain));
        }
        let binding = Binding { user_id: ada.id, provider: "google" };
        let json = vault(KEYS).open(binding, Field::Profile, &Sealed::from_bytes(profile)).unwrap();
        assert!(json.expose_secret().contains("ada@example.com"));
        ada.disconnect(Provider::Google).await.data("/disconnectProvider/id");
        assert!(world.row(ada.id, Provider::Google).await.is_none());
        let events = "SELECT COUNT(*) FROM provider_connection_event WHERE evidence LIKE '%ada@%' \
                      OR detail LIKE '%ada@%'";
        assert_eq!(world.database.number(events).await, 0);
    }

    async fn the_connections_to_one_account_have_one_digest(world: World) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        for (user, account) in [(&ada, "shared@example.com"), (&bob, "shared@example.com")] {
            user.sign_in_as(Provider::Google, account, GrantScript::stable());
            user.connect(Provider::Google).await.data("/connectProvider/id");
            user.sign_in_as(Provider::Spotify, account, GrantScript::stable());
            user.connect(Provider::Spotify).await.data("/connectProvider/id");
        }
        world.server.look_up().await;
        let store = world.database.open(Now::Injected(world.clock())).await;
        let digests =
            vault(KEYS).account_digests("google", &"google|shared@example.com".into());
        let found =
            store.connections_to_account(domain::Provider::Google, &digests).await.unwrap();
        let mut users: Vec<_> = found.iter().map(|record| record.user_id).collect();
        users.sort_unstable();
        let mut both = vec![ada.id, bob.id];
        both.sort_unstable();
        assert_eq!(users, both);
        let other = vault(KEYS).account_digests("google", &"google|other@example.com".into());
        let found = store.connections_to_account(domain::Provider::Google, &other).await.unwrap();
        assert!(found.is_empty());
        // Whoever signs in anew is not found by the account before.
        ada.sign_in_as(Provider::Google, "other@example.com", GrantScript::stable());
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        let found =
            store.connections_to_account(domain::Provider::Google, &digests).await.unwrap();
        assert_eq!(found.iter().map(|record| record.user_id).collect::<Vec<_>>(), [bob.id]);
        store.close().await;
    }

    async fn another_key_seals_it_anew_and_finds_it(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.server.look_up().await;
        let store = world.database.open(Now::Injected(world.clock())).await;
        let both = vault(&format!("{NEW},{KEYS}"));
        let spool_dir = "there-is-no-such-folder".into();
        let rotation = Rotation { store: &store, vault: &both, spool_dir, dry_run: false };
        rotation.run(|_| {}).await.unwrap();
        let row = world.row(ada.id, Provider::Google).await.unwrap();
        let alone = vault(NEW);
        let binding = Binding { user_id: ada.id, provider: "google" };
        let sealed = Sealed::from_bytes(row.profile.unwrap());
        assert!(alone.open(binding, Field::Profile, &sealed).is_ok());
        let digests = alone.account_digests("google", &"google|ada@example.com".into());
        assert_eq!(row.account_digest.as_ref(), digests.first());
        store.close().await;
    }

    async fn where_it_is_switched_off_nobody_is_asked_and_what_is_stored_is_removed(world: World) {
        let off = world.replica_with(|config| config.account_lookup = false).await;
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.server.look_up().await;
        let shown = ada.shown_at(&off, Provider::Google).await;
        assert_eq!(shown.data("/providerConnection/account"), &serde_json::Value::Null);
        assert_eq!(shown.text("/providerConnection/accountUnavailableBecause"), "SWITCHED_OFF");
        ada.connected(Provider::Spotify, GrantScript::stable()).await;
        let asked = world.simulator.calls(Endpoint::Userinfo);
        off.look_up().await;
        assert_eq!(world.simulator.calls(Endpoint::Userinfo), asked);
        for provider in [Provider::Google, Provider::Spotify] {
            let row = world.row(ada.id, provider).await.unwrap();
            assert_eq!((row.profile, row.account_digest, row.look_up_due_at), (None, None, None));
        }
    }

    async fn it_is_never_opened_for_a_query_that_does_not_select_it(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.server.look_up().await;
        world.database.execute("UPDATE provider_connection SET profile = access_token").await;
        let read = ada.read(Provider::Google).await;
        assert_eq!(read.text("/providerConnection/status"), "ACTIVE");
        // What does not open costs nothing but itself.
        assert_eq!(ada.why_none(Provider::Google).await, "UNREADABLE");
    }
}
