//! When a provider is asked, how often, and what becomes of an answer that does not come.

use std::time::Duration;

use chrono::TimeDelta;
use domain::{Actor, ConnectionKey, Scopes, Sealed};
use nhost_auth_simulator::{Endpoint, Fault, GrantScript, Lifetime, Provider};
use provider_connections::store::Now;

use crate::harness::{
    CHANGED, Cluster, Database, Replica, Socket, World, on_both_databases, until,
};

fn asked(world: &World) -> usize {
    world.simulator.calls(Endpoint::Userinfo)
}

impl World {
    /// The sign-ins of this moment, as SQLite writes a whole second when it takes the time itself.
    async fn signed_in_at_a_whole_second(&self) {
        let written = self.clock().now().format("%Y-%m-%dT%H:%M:%S.000+00:00");
        let update = format!("UPDATE provider_connection SET connected_at = '{written}'");
        self.database.execute(&update).await;
    }
}

/// Tokens that never expire.
fn for_ever() -> GrantScript {
    GrantScript { lifetime: Lifetime::Never, ..GrantScript::stable() }
}

on_both_databases! {
    async fn the_account_is_known_after_a_sign_in_and_asked_once(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Github, for_ever()).await;
        assert_eq!(ada.why_none(Provider::Github).await, "NOT_ASKED_YET");
        world.server.look_up().await;
        let shown = ada.shown(Provider::Github).await;
        let text = |field: &str| shown.text(&format!("/providerConnection/account/{field}")).to_owned();
        assert_eq!(text("email"), "ada@example.com");
        assert_eq!(text("login"), "ada");
        assert_eq!(text("name"), "Ada");
        assert_eq!(text("avatarUrl"), "https://avatars.example.com/ada.png");
        assert_eq!(text("profileUrl"), "https://github.example.com/ada");
        assert!(text("id").parse::<u64>().is_ok());
        assert_eq!(
            shown.data("/providerConnection/accountUnavailableBecause"),
            &serde_json::Value::Null
        );
        world.advance(TimeDelta::days(1));
        world.server.look_up().await;
        assert_eq!(asked(&world), 1);
    }

    async fn an_account_of_azuread_has_the_id_that_nhost_auth_knows(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Azuread, GrantScript::rotating()).await;
        world.server.look_up().await;
        let shown = ada.shown(Provider::Azuread).await;
        let text = |field: &str| shown.text(&format!("/providerConnection/account/{field}")).to_owned();
        assert_eq!(text("id"), "azuread|ada@example.com");
        assert_eq!((text("email"), text("login")), ("ada@example.com".to_owned(), "ada".to_owned()));
    }

    async fn a_sign_in_at_a_whole_second_is_asked_about_like_any_other(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Github, for_ever()).await;
        world.signed_in_at_a_whole_second().await;
        world.server.look_up().await;
        ada.account_id(Provider::Github).await;
        world.advance(TimeDelta::minutes(2));
        world.server.look_up().await;
        assert_eq!(asked(&world), 1);
    }

    async fn what_is_noted_for_a_sign_in_at_a_whole_second_finds_it(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.signed_in_at_a_whole_second().await;
        let unproven = "UPDATE provider_connection SET refresh_token_unproven = TRUE";
        world.database.execute(unproven).await;
        let store = world.database.open(Now::Injected(world.clock())).await;
        let key = ConnectionKey { user_id: ada.id, provider: domain::Provider::Google };
        let of = store.find(key).await.unwrap().unwrap();
        store.end_look_up(&of, None).await.unwrap();
        let row = async || world.row(ada.id, Provider::Google).await.unwrap();
        assert_eq!(row().await.look_up_due_at, None);
        store.put_off_look_up(&of, Duration::from_mins(1)).await.unwrap();
        assert!(row().await.look_up_due_at.is_some());
        store.note_account(&of, &Sealed::from_bytes(vec![1])).await.unwrap();
        assert_eq!(row().await.account, Some(vec![1]));
        let scopes = Scopes::parse("calendar email").unwrap();
        store.note_scopes(&of, &scopes, &Actor::Worker).await.unwrap();
        assert_eq!(row().await.scopes.as_deref(), Some("calendar email"));
        store.close().await;
    }

    async fn each_provider_is_read_in_its_own_shape(world: World) {
        let ada = world.user("ada@example.com");
        for provider in Provider::ALL {
            ada.connected(provider, for_ever()).await;
        }
        world.server.look_up().await;
        for provider in Provider::ALL {
            assert!(!ada.account_id(provider).await.is_empty(), "{provider}");
        }
        assert_eq!(asked(&world), Provider::ALL.len());
    }

    async fn a_subscriber_hears_of_it(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let mut socket = Socket::of(&world.server.url, &ada.jwt).await;
        socket.subscribe("1", CHANGED).await;
        socket.gap().await;
        world.server.look_up().await;
        let change = socket.change().await;
        assert_eq!(change["provider"], "google");
        assert_eq!(change["event"]["kind"], "ACCOUNT_READ");
        assert!(!socket.heard.contains("ada@example.com"), "{}", socket.heard);
    }

    async fn no_token_waits_for_a_provider_that_hangs(world: World) {
        let ada = world.user("ada@example.com");
        let gate = world.simulator.gate(Endpoint::Userinfo);
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let connections = world.server.connections.clone();
        let looks_up = tokio::spawn(async move { connections.look_up_due().await.unwrap() });
        gate.arrived(1).await;
        ada.access_token(Provider::Google).await;
        world.advance(TimeDelta::seconds(10));
        ada.refresh(Provider::Google).await.data("/refreshProviderToken");
        gate.release();
        looks_up.await.unwrap();
        ada.account_id(Provider::Google).await;
    }

    async fn a_look_up_that_was_cut_off_is_made_again(world: World) {
        let ada = world.user("ada@example.com");
        let gate = world.simulator.gate(Endpoint::Userinfo);
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let connections = world.server.connections.clone();
        let looks_up = tokio::spawn(async move { connections.look_up_due().await.map(|_| ()) });
        gate.arrived(1).await;
        looks_up.abort();
        let _ = looks_up.await;
        gate.release();
        world.server.look_up().await;
        assert_eq!(ada.why_none(Provider::Google).await, "NOT_ASKED_YET", "it is claimed yet");
        world.advance(TimeDelta::seconds(61));
        world.server.look_up().await;
        ada.account_id(Provider::Google).await;
    }

    async fn a_provider_that_is_down_is_asked_again_ever_less_often(world: World) {
        let ada = world.user("ada@example.com");
        world.simulator.fail_next(Endpoint::Userinfo, Fault::Empty(503));
        ada.connected(Provider::Github, for_ever()).await;
        world.server.look_up().await;
        world.server.look_up().await;
        assert_eq!(asked(&world), 1, "it is left alone for a while");
        assert_eq!(ada.why_none(Provider::Github).await, "NOT_ASKED_YET");
        world.advance(TimeDelta::seconds(8));
        world.server.look_up().await;
        ada.account_id(Provider::Github).await;
    }

    async fn it_is_given_up_after_a_number_of_tries_until_the_next_sign_in(world: World) {
        let ada = world.user("ada@example.com");
        world.simulator.fail_always(Endpoint::Userinfo, None, Fault::Empty(503));
        ada.connected(Provider::Github, for_ever()).await;
        for _ in 0..20 {
            world.server.look_up().await;
            world.advance(TimeDelta::hours(12));
        }
        assert_eq!(asked(&world), 12);
        let mut ada = ada;
        ada.renew_jwt();
        assert_eq!(ada.why_none(Provider::Github).await, "NOT_ANSWERED");
        world.simulator.heal_all();
        ada.connected(Provider::Github, for_ever()).await;
        assert_eq!(ada.why_none(Provider::Github).await, "NOT_ASKED_YET");
        world.server.look_up().await;
        ada.account_id(Provider::Github).await;
    }

    async fn a_missing_scope_is_said_and_not_asked_about_again(world: World) {
        let mut ada = world.user("ada@example.com");
        world.simulator.fail_always(Endpoint::Userinfo, None, Fault::Empty(403));
        ada.connected(Provider::Gitlab, GrantScript::stable()).await;
        for _ in 0..3 {
            world.server.look_up().await;
            world.advance(TimeDelta::minutes(10));
        }
        ada.renew_jwt();
        assert_eq!(ada.why_none(Provider::Gitlab).await, "SCOPE_MISSING");
        assert_eq!(asked(&world), 1);
    }

    async fn no_token_is_refreshed_for_it(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.advance(TimeDelta::hours(2));
        world.server.look_up().await;
        assert_eq!(asked(&world), 0, "the token has expired");
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 0);
        ada.renew_jwt();
        ada.access_token(Provider::Google).await;
        world.advance(TimeDelta::minutes(1));
        world.server.look_up().await;
        ada.account_id(Provider::Google).await;
    }

    async fn replicas_share_the_work_and_the_pace(world: World) {
        let other = world.replica_with(|config| config.refresh.pacing.per_second = 2).await;
        let third = world.replica_with(|config| config.refresh.pacing.per_second = 2).await;
        let mut users = Vec::new();
        for number in 0..6 {
            let user = world.user(&format!("user{number}@example.com"));
            user.connected(Provider::Google, GrantScript::stable()).await;
            users.push(user);
        }
        // No time passes: the pace of one second is all there is.
        tokio::join!(other.look_up(), third.look_up());
        assert_eq!(asked(&world), 2);
        for _ in 0..4 {
            world.advance(TimeDelta::seconds(1));
            tokio::join!(other.look_up(), third.look_up());
        }
        assert_eq!(asked(&world), 6, "nobody is asked about twice");
        for user in &users {
            user.account_id(Provider::Google).await;
        }
    }

    async fn connections_from_before_an_upgrade_are_not_all_asked_about(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        // As the release before has written it.
        world.database.execute("UPDATE provider_connection SET look_up_due_at = NULL").await;
        world.advance(TimeDelta::minutes(10));
        world.server.look_up().await;
        assert_eq!(asked(&world), 0);
        assert_eq!(ada.why_none(Provider::Google).await, "NOT_ASKED_YET");
    }

    async fn a_provider_that_has_none_is_not_asked(world: World) {
        let replica = world.replica_with(|config| {
            config.userinfo_urls.remove(&domain::Provider::Apple);
        }).await;
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Apple, GrantScript::stable()).await;
        replica.look_up().await;
        assert_eq!(asked(&world), 0);
        let shown = ada.shown_at(&replica, Provider::Apple).await;
        assert_eq!(
            shown.text("/providerConnection/accountUnavailableBecause"),
            "PROVIDER_HAS_NONE"
        );
    }
}

/// A replica that runs asks by itself, at once, and tells its log nothing of the account.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_asks_by_itself_after_a_sign_in() {
    let cluster = Cluster::over(Database::sqlite()).await;
    let binary = cluster.binary("server").env("ACCOUNT_LOOKUP", "on").env("RUST_LOG", "trace");
    let server = Replica::start(binary).await;
    let ada = cluster.member("ada@example.com");
    cluster.simulator.sign_in(ada.id, Provider::Google, GrantScript::stable());
    ada.connect(&server).await.data("/connectProvider/id");
    let query = "{ providerConnection(provider: google) { account { email } } }";
    let known = async || {
        let answer = ada.ask_at(&server.url, query).await.unwrap();
        let email = answer.0.pointer("/data/providerConnection/account/email");
        email.is_some_and(|email| email == "ada@example.com")
    };
    // Far sooner than the job's own time, which is a minute.
    tokio::time::timeout(Duration::from_secs(45), until(known)).await.unwrap();
    let log = server.stop().await.stderr;
    assert!(!log.contains("ada@example.com") && !log.contains("avatars.example.com"), "{log}");
}
