//! What a provider says by itself is heard at once: a grant that it says has ended ends here, and
//! nothing else does, whoever else sends what.

mod burst;
mod doubtful;
mod early;
mod forged;
mod google;
mod late;
mod other_providers;
mod under_way;

use chrono::TimeDelta;
use domain::State;
use nhost_auth_simulator::{
    Endpoint, GrantId, GrantScript, Provider, SignalMessage, SignalSecrets, Signing, Simulator,
};
use provider_connections::{
    config::Config,
    signals::{Ed25519Key, GoogleSettings, SignalSettings, SigningSecrets, StravaSettings},
};
use serde_json::Value;
use uuid::Uuid;

use crate::harness::{
    Database, Outage, Replica, Socket, User, World, on_both_databases, on_both_empty_databases,
};

/// Those that sign what they say.
const SIGNED: [Provider; 5] =
    [Provider::Google, Provider::Github, Provider::Facebook, Provider::Discord, Provider::Twitch];

/// Those that sign when they said it, too, and are believed.
const BELIEVED: [Provider; 4] =
    [Provider::Google, Provider::Facebook, Provider::Discord, Provider::Twitch];

/// A server that listens to all providers.
pub async fn world(database: Database) -> World {
    world_with(database, |_| {}).await
}

pub async fn world_with(database: Database, change: impl FnOnce(&mut Config)) -> World {
    let listens = |config: &mut Config, simulator: &Simulator| {
        config.signals = settings(simulator, &config.nhost_auth_url);
        change(config);
    };
    World::on_with_simulator(database, Signing::hs256(), listens).await
}

fn settings(simulator: &Simulator, nhost_auth: &url::Url) -> SignalSettings {
    let secrets = |secret: &str| SigningSecrets::parse(&secret.into());
    SignalSettings {
        google: Some(GoogleSettings {
            client_ids: vec!["another-client".to_owned(), SignalSecrets::GOOGLE_CLIENT_ID.into()],
            configuration_url: nhost_auth.join("/providers/google/risc-configuration").unwrap(),
        }),
        github: secrets(SignalSecrets::GITHUB),
        facebook: secrets(SignalSecrets::FACEBOOK),
        discord: Ed25519Key::parse(&simulator.discord_public_key()),
        twitch: secrets(SignalSecrets::TWITCH),
        strava: Some(StravaSettings {
            verify_token: SignalSecrets::STRAVA.into(),
            subscription_id: Some(120_475),
        }),
    }
}

fn receiver_at(server: &str, provider: Provider) -> String {
    let secret = match provider {
        Provider::Strava => format!("/{}", SignalSecrets::STRAVA),
        _ => String::new(),
    };
    format!("{server}/signals/{provider}{secret}")
}

impl World {
    pub fn receiver(&self, provider: Provider) -> String {
        receiver_at(&self.server.url, provider)
    }

    /// Sends it where it belongs; the status that comes back.
    pub async fn signal(&self, provider: Provider, message: &SignalMessage) -> u16 {
        message.send_by(&self.server.http, &self.receiver(provider)).await.unwrap()
    }

    /// The provider's id of an account.
    pub fn id_of(&self, provider: Provider, account: &str) -> String {
        self.simulator.account_id(provider, account)
    }

    pub async fn state(&self, user_id: Uuid, provider: Provider) -> State {
        self.row(user_id, provider).await.unwrap().state
    }

    /// The user takes the grant back at the provider, which says so.
    pub async fn revoked(&self, provider: Provider, grant: GrantId) {
        self.simulator.revoke(grant);
        let message = self.simulator.signal_revoked(grant).unwrap();
        let status = self.signal(provider, &message).await;
        assert!((200..300).contains(&status), "{provider}: {status}");
    }

    /// How many events tell of an end, with this evidence.
    async fn ends(&self, evidence: &str) -> i64 {
        let sql = format!(
            "SELECT COUNT(*) FROM provider_connection_event WHERE \
             kind = 'reauthentication_required' AND actor = 'worker' AND \
             detail = 'REAUTHENTICATION_REQUIRED' AND evidence = '{evidence}'"
        );
        self.database.number(&sql).await
    }
}

impl User<'_> {
    /// Connected for a few minutes, with an account that the server knows.
    pub async fn connected_for_a_while(&self, provider: Provider) -> GrantId {
        let grant = self.connected(provider, GrantScript::stable()).await;
        self.world.server.connections.look_up_due().await.unwrap();
        let row = self.world.row(self.id, provider).await.unwrap();
        assert!(row.account_digest.is_some(), "{provider}: the account is not known");
        // Longer than Google may take to issue a token.
        self.world.advance(TimeDelta::minutes(4));
        grant
    }
}

on_both_empty_databases! {
    async fn a_grant_that_the_provider_says_has_ended_ends_without_a_refresh(database: Database) {
        let world = world(database).await;
        for provider in BELIEVED {
            let ada = world.user("ada@example.com");
            let grant = ada.connected_for_a_while(provider).await;
            world.revoked(provider, grant).await;
            let row = world.row(ada.id, provider).await.unwrap();
            assert_eq!(row.state, State::ReauthenticationRequired, "{provider}");
            assert!(row.refresh_token.is_some(), "{provider}");
            let read = ada.read(provider).await;
            assert_eq!(read.code(), "REAUTHENTICATION_REQUIRED", "{provider}");
            assert_eq!(read.at("/data/providerConnection/accessToken"), &Value::Null);
            let status = read.at("/data/providerConnection/status");
            assert_eq!(status, "REAUTHENTICATION_REQUIRED", "{provider}");
        }
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 0);
        assert_eq!(world.ends("Google said: tokens-revoked").await, 1);
        assert_eq!(world.ends("Facebook said: deauthorized").await, 1);
        assert_eq!(world.ends("Discord said: application deauthorized").await, 1);
        assert_eq!(world.ends("Twitch said: user.authorization.revoke").await, 1);
    }

    async fn a_subscriber_is_told_of_the_end(database: Database) {
        let world = world(database).await;
        let ada = world.user("ada@example.com");
        let grant = ada.connected_for_a_while(Provider::Google).await;
        let ada = User { jwt: world.simulator.jwt(ada.id), ..ada };
        let mut socket = Socket::subscribed(&world.server.url, &ada.jwt).await;
        world.revoked(Provider::Google, grant).await;
        let change = socket.change().await;
        assert_eq!(change["event"]["kind"], "REAUTHENTICATION_REQUIRED");
        assert_eq!(change["event"]["actor"], "WORKER");
    }

    async fn everyone_who_connected_the_account_and_nobody_else_is_concerned(database: Database) {
        let world = world(database).await;
        let ada = world.user("ada@example.com");
        let (bob, eve) = (world.user("bob@example.com"), world.user("eve@example.com"));
        for user in [&ada, &bob, &eve] {
            user.connected(Provider::Google, GrantScript::stable()).await;
            user.connected(Provider::Github, GrantScript::stable()).await;
        }
        let ada = User { jwt: world.simulator.jwt(ada.id), ..ada };
        world.server.connections.look_up_due().await.unwrap();
        // At Nhost Auth an account is one user's; but it may pass from one to the other.
        let id = |user: Uuid| {
            if world.database.is_sqlite() {
                format!("x'{}'", user.simple())
            } else {
                format!("'{user}'")
            }
        };
        let shared = format!(
            "UPDATE provider_connection SET account_digest = (SELECT account_digest FROM \
             provider_connection WHERE user_id = {} AND provider = 'google') \
             WHERE user_id = {} AND provider = 'google'",
            id(ada.id),
            id(bob.id)
        );
        world.database.execute(&shared).await;
        world.advance(TimeDelta::minutes(4));
        let account = world.id_of(Provider::Google, "ada@example.com");
        let message = world.simulator.google_signal("tokens-revoked", &account);
        assert_eq!(world.signal(Provider::Google, &message).await, 202);
        for (user, provider, state) in [
            (&ada, Provider::Google, State::ReauthenticationRequired),
            (&bob, Provider::Google, State::ReauthenticationRequired),
            (&eve, Provider::Google, State::Active),
            (&ada, Provider::Github, State::Active),
            (&bob, Provider::Github, State::Active),
            (&eve, Provider::Github, State::Active),
        ] {
            assert_eq!(world.state(user.id, provider).await, state, "{provider}");
        }
        assert_eq!(world.ends("Google said: tokens-revoked").await, 2);
    }

    async fn a_new_sign_in_heals_it(database: Database) {
        let world = world(database).await;
        let ada = world.user("ada@example.com");
        let grant = ada.connected_for_a_while(Provider::Google).await;
        world.revoked(Provider::Google, grant).await;
        world.advance(TimeDelta::minutes(1));
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let row = world.row(ada.id, Provider::Google).await.unwrap();
        assert_eq!((row.state, row.signalled_at), (State::Active, None));
        assert!(row.refresh_due_at.unwrap() > world.now() + TimeDelta::minutes(10));
        ada.access_token(Provider::Google).await;
    }

    async fn a_signal_is_believed_for_a_day(database: Database) {
        let world = world(database).await;
        let worker = world.replica_with(|config| config.refresh.pacing.concurrency = 4).await;
        let ada = world.user("ada@example.com");
        ada.connected_for_a_while(Provider::Google).await;
        // Whatever Google meant by it, its token endpoint renews the token.
        let account = world.id_of(Provider::Google, "ada@example.com");
        let message = world.simulator.google_signal("tokens-revoked", &account);
        assert_eq!(world.signal(Provider::Google, &message).await, 202);
        for hours in [0, 1, 22] {
            world.advance(TimeDelta::hours(hours));
            worker.work().await;
            assert_eq!(
                world.state(ada.id, Provider::Google).await,
                State::ReauthenticationRequired
            );
        }
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 0);
        world.advance(TimeDelta::hours(2));
        worker.work().await;
        assert_eq!(world.state(ada.id, Provider::Google).await, State::Active);
    }

    async fn without_a_refresh_token_a_sign_in_alone_heals_it(database: Database) {
        let world = world(database).await;
        let worker = world.replica_with(|config| config.refresh.pacing.concurrency = 4).await;
        let mut ada = world.user("ada@example.com");
        for script in [GrantScript::no_refresh_token(), GrantScript::never_expires()] {
            let grant = ada.connected(Provider::Facebook, script).await;
            world.server.connections.look_up_due().await.unwrap();
            world.advance(TimeDelta::minutes(1));
            world.revoked(Provider::Facebook, grant).await;
            let row = world.row(ada.id, Provider::Facebook).await.unwrap();
            // Nobody tries what can't be tried.
            assert_eq!((row.state, row.refresh_due_at), (State::ReauthenticationRequired, None));
            world.advance(TimeDelta::days(2));
            worker.work().await;
            ada.renew_jwt();
            let read = ada.read(Provider::Facebook).await;
            assert_eq!(read.at("/data/providerConnection/accessToken"), &Value::Null);
            let status = read.at("/data/providerConnection/status");
            assert_eq!(status, "REAUTHENTICATION_REQUIRED");
        }
        ada.connected(Provider::Facebook, GrantScript::no_refresh_token()).await;
        assert_eq!(world.state(ada.id, Provider::Facebook).await, State::Active);
        ada.access_token(Provider::Facebook).await;
    }

    async fn while_the_database_is_away_the_provider_is_asked_to_send_it_again(
        database: Database
    ) {
        let mut outage = Outage::over(database).await;
        let binary = outage.cluster.binary("server");
        let risc = outage.cluster.simulator.origin().join("providers/google/risc-configuration");
        let binary = binary
            .env("ACCOUNT_LOOKUP", "on")
            .env("PROVIDER_GOOGLE_RISC_CLIENT_IDS", SignalSecrets::GOOGLE_CLIENT_ID)
            .env("PROVIDER_GOOGLE_RISC_CONFIGURATION_URL", risc.unwrap().as_str());
        let server = Replica::start(binary).await;
        outage.cluster.connected(&server, GrantScript::stable()).await;
        let known = "SELECT COUNT(*) FROM provider_connection WHERE account_digest IS NOT NULL";
        let is_known = async || outage.cluster.database.number(known).await == 1;
        crate::harness::until(is_known).await;
        let simulator = &outage.cluster.simulator;
        let account = simulator.account_id(Provider::Google, "ada@example.com");
        let message = simulator.google_signal("tokens-revoked", &account);
        let url = format!("{}/signals/google", server.url);
        outage.begin().await;
        assert_eq!(message.send(&url).await.unwrap(), 503);
        outage.end().await;
        let again = async || message.send(&url).await.unwrap() == 202;
        crate::harness::until(again).await;
    }
}

on_both_databases! {
    async fn a_server_without_the_settings_has_no_receivers(world: World) {
        for provider in Provider::ALL {
            let url = world.receiver(provider);
            let answer = reqwest::Client::new().post(&url).body("{}").send().await.unwrap();
            assert_eq!(answer.status(), 404, "{provider}");
        }
    }
}

#[test]
fn nothing_of_the_settings_is_printed_but_what_everybody_may_know() {
    let settings = SignalSettings {
        github: SigningSecrets::parse(&"a-webhook-secret".into()),
        strava: Some(StravaSettings {
            verify_token: "a-verify-token".into(),
            subscription_id: None,
        }),
        ..SignalSettings::default()
    };
    let printed = format!("{settings:?}");
    assert!(!printed.contains("a-webhook-secret") && !printed.contains("a-verify-token"));
}
