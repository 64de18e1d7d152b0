//! What a provider has said of an account is personal data.

use domain::Sealed;
use entity::provider_connection;
use nhost_auth_simulator::{Endpoint, GrantScript, Provider};
use provider_connections::{
    connections::encryption_keys::Rotation,
    random::Random,
    store::Now,
    vault::{Binding, Field, KeyRing, Vault},
};
use sea_orm::{EntityTrait, sea_query::Expr};
use secrecy::ExposeSecret;

use crate::harness::{KEYS, on_both_databases, until};

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

    async fn a_connection_is_found_by_the_account_that_it_is_to_now(world: World) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        for user in [&ada, &bob] {
            user.connected(Provider::Google, GrantScript::stable()).await;
            user.connected(Provider::Spotify, GrantScript::stable()).await;
        }
        let store = world.database.open(Now::Injected(world.clock())).await;
        let found = async |account: &str| {
            let id = format!("google|{account}").into();
            let digests = vault(&format!("{NEW},{KEYS}")).account_digests("google", &id);
            let found = store.connections_to_account(domain::Provider::Google, &digests).await;
            found.unwrap().iter().map(|record| record.user_id).collect::<Vec<_>>()
        };
        assert!(found("ada@example.com").await.is_empty(), "nobody was asked yet");
        world.server.look_up().await;
        assert_eq!(found("ada@example.com").await, [ada.id]);
        assert_eq!(found("bob@example.com").await, [bob.id]);
        assert!(found("other@example.com").await.is_empty());
        ada.sign_in_as(Provider::Google, "other@example.com", GrantScript::stable());
        ada.connect(Provider::Google).await.data("/connectProvider/id");
        assert!(found("ada@example.com").await.is_empty(), "it is the account before");
        world.server.look_up().await;
        assert_eq!(found("other@example.com").await, [ada.id]);
        store.close().await;
    }

    async fn another_key_seals_it_anew_and_finds_it(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.server.look_up().await;
        let store = world.database.open(Now::Injected(world.clock())).await;
        let both = vault(&format!("{NEW},{KEYS}"));
        let rotation = Rotation {
            store: &store,
            vault: &both,
            spool_dir: "there-is-no-such-folder".into(),
            dry_run: false,
            full_speed: true,
        };
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

    async fn one_whose_key_is_gone_is_asked_for_again_when_somebody_reads_it(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.server.look_up().await;
        // As it is after a rotation by a release that knows of no profiles.
        let binding = Binding { user_id: ada.id, provider: "google" };
        let sealed = vault(NEW).seal(binding, Field::Profile, &"{}".into());
        let db = world.database.connect().await;
        provider_connection::Entity::update_many()
            .col_expr(provider_connection::Column::Profile, Expr::value(sealed.as_bytes().to_vec()))
            .exec(&db)
            .await
            .unwrap();
        db.close().await.unwrap();
        assert_eq!(ada.why_none(Provider::Google).await, "UNREADABLE");
        let is_forgotten = async || {
            world.row(ada.id, Provider::Google).await.unwrap().profile.is_none()
        };
        until(is_forgotten).await;
        world.server.look_up().await;
        assert_eq!(ada.account_id(Provider::Google).await, "google|ada@example.com");
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
