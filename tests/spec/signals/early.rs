//! A signal that comes while a provider is being asked which account a sign-in is with is not lost,
//! though nobody knows yet whom it is about: what the provider answered may be older than the signal.

use chrono::TimeDelta;
use domain::State;
use futures_util::future::join_all;
use nhost_auth_simulator::{Endpoint, Fault, GrantScript, Provider, SignalMessage};
use serde_json::json;

use super::{BELIEVED, google::claims, world};
use crate::harness::{Answer, User, World, on_both_empty_databases};

const ADA: &str = "ada@example.com";
const KEPT: &str = "SELECT COUNT(*) FROM provider_connection_early_signal";

impl World {
    /// A look-up whose answer comes after the provider has sent this.
    async fn look_up_overtaken_by(&self, provider: Provider, message: &SignalMessage) {
        let gate = self.simulator.gate_answers(Endpoint::Userinfo);
        let signal = async {
            gate.arrived(1).await;
            let status = self.signal(provider, message).await;
            assert!((200..300).contains(&status), "{provider}: {status}");
            gate.release();
        };
        let (looked_up, ()) = tokio::join!(self.server.connections.look_up_due(), signal);
        looked_up.unwrap();
    }
}

impl User<'_> {
    /// Whether their account is known, and what state the connection is in.
    async fn known_and_state(&self, provider: Provider) -> (bool, State) {
        let row = self.world.row(self.id, provider).await.unwrap();
        (row.account_digest.is_some(), row.state)
    }

    async fn connect_expecting_ada(&self, provider: Provider) -> Answer {
        let query = format!(
            "mutation($id: String) {{ connectProvider(provider: {provider}, expectAccountId: $id) \
             {{ status account {{ id }} }} }}"
        );
        let id = self.world.id_of(provider, ADA);
        self.ask_with(&query, json!({ "id": id })).await
    }

    /// The provider has been asked whether a sign-in is with Ada's account, and nothing is written. The
    /// user has signed in once more, because it did not say.
    async fn asked_about_ada(&self, provider: Provider) {
        self.world.simulator.fail_next(Endpoint::Userinfo, Fault::Empty(401));
        self.sign_in(provider, GrantScript::stable());
        let answer = self.connect_expecting_ada(provider).await;
        assert_eq!(answer.code(), "ACCOUNT_UNVERIFIED");
        self.sign_in(provider, GrantScript::stable());
    }

    /// They are connected with Ada's account, and it is found out whether the grant is alive.
    async fn is_checked_once_connected_with_ada(&self, provider: Provider) {
        let calls = self.world.simulator.calls(Endpoint::Userinfo);
        let answer = self.connect_expecting_ada(provider).await;
        let id = self.world.id_of(provider, ADA);
        assert_eq!(answer.text("/connectProvider/account/id"), id);
        assert_eq!(self.world.simulator.calls(Endpoint::Userinfo), calls + 1);
        let row = self.world.row(self.id, provider).await.unwrap();
        assert_eq!((row.state, row.refresh_due_at), (State::Active, Some(self.world.now())));
    }
}

on_both_empty_databases! {
    async fn one_that_comes_between_the_answer_and_the_commit_of_a_look_up_ends_the_grant(
        database: Database
    ) {
        let world = world(database).await;
        for provider in BELIEVED {
            let ada = world.user(ADA);
            let grant = ada.connected(provider, GrantScript::stable()).await;
            world.advance(TimeDelta::minutes(4));
            let message = world.simulator.signal_revoked(grant).unwrap();
            world.look_up_overtaken_by(provider, &message).await;
            let found = ada.known_and_state(provider).await;
            assert_eq!(found, (true, State::ReauthenticationRequired), "{provider}");
            assert_eq!(ada.read(provider).await.code(), "REAUTHENTICATION_REQUIRED", "{provider}");
            // The provider sends it once more.
            let before = world.row(ada.id, provider).await;
            world.signal(provider, &message).await;
            assert_eq!(world.row(ada.id, provider).await, before, "{provider}");
        }
        assert_eq!(world.ends("Google said: tokens-revoked").await, 1);
        assert_eq!(world.ends("Discord said: application deauthorized").await, 1);
    }

    async fn one_that_does_not_say_when_it_was_made_brings_a_refresh_forward(database: Database) {
        let world = world(database).await;
        let ada = world.user(ADA);
        let grant = ada.connected(Provider::Github, GrantScript::stable()).await;
        world.advance(TimeDelta::minutes(4));
        let message = world.simulator.signal_revoked(grant).unwrap();
        world.look_up_overtaken_by(Provider::Github, &message).await;
        let row = world.row(ada.id, Provider::Github).await.unwrap();
        assert_eq!((row.state, row.refresh_due_at), (State::Active, Some(world.now())));
    }

    async fn however_many_look_ups_and_signals_meet_none_is_lost(database: Database) {
        let world = world(database).await;
        let emails: Vec<_> = (0..24).map(|number| format!("user-{number}@example.com")).collect();
        let mut users = Vec::new();
        for email in &emails {
            let user = world.user(email);
            user.connected(Provider::Discord, GrantScript::stable()).await;
            users.push(user);
        }
        world.advance(TimeDelta::minutes(1));
        let messages: Vec<_> = emails
            .iter()
            .map(|email| world.simulator.discord_signal(&world.id_of(Provider::Discord, email)))
            .collect();
        let signals = join_all(messages.iter().map(|of| world.signal(Provider::Discord, of)));
        let (looked_up, statuses) =
            tokio::join!(world.server.connections.look_up_due(), signals);
        looked_up.unwrap();
        assert!(statuses.iter().all(|status| *status == 204), "{statuses:?}");
        // A run ends after a while, and leaves the rest to the next.
        let unknown = "SELECT COUNT(*) FROM provider_connection WHERE account_digest IS NULL";
        while world.database.number(unknown).await > 0 {
            world.server.connections.look_up_due().await.unwrap();
        }
        for user in &users {
            let found = user.known_and_state(Provider::Discord).await;
            assert_eq!(found, (true, State::ReauthenticationRequired));
        }
        assert_eq!(world.ends("Discord said: application deauthorized").await, 24);
    }

    async fn one_about_another_account_does_nothing_and_is_forgotten(database: Database) {
        let world = world(database).await;
        let ada = world.user(ADA);
        let somebody = world.id_of(Provider::Discord, "somebody@example.com");
        let message = world.simulator.discord_signal(&somebody);
        // Nobody waits for their account.
        world.signal(Provider::Discord, &message).await;
        assert_eq!(world.database.number(KEPT).await, 0);
        ada.connected(Provider::Discord, GrantScript::stable()).await;
        world.look_up_overtaken_by(Provider::Discord, &message).await;
        assert_eq!(ada.known_and_state(Provider::Discord).await, (true, State::Active));
        // However often it is sent.
        ada.connected(Provider::Discord, GrantScript::stable()).await;
        for _ in 0..3 {
            world.signal(Provider::Discord, &message).await;
        }
        assert_eq!(world.database.number(KEPT).await, 1);
        world.server.connections.prune_tombstones().await.unwrap();
        assert_eq!(world.database.number(KEPT).await, 1);
        world.advance(TimeDelta::minutes(11));
        world.server.connections.prune_tombstones().await.unwrap();
        assert_eq!(world.database.number(KEPT).await, 0);
    }

    async fn one_that_is_older_than_the_sign_in_ends_nothing(database: Database) {
        let world = world(database).await;
        let ada = world.user(ADA);
        let grant = ada.connected_for_a_while(Provider::Discord).await;
        let late = world.simulator.signal_revoked(grant).unwrap();
        world.advance(TimeDelta::minutes(1));
        ada.connected(Provider::Discord, GrantScript::stable()).await;
        let due = world.row(ada.id, Provider::Discord).await.unwrap().refresh_due_at;
        world.look_up_overtaken_by(Provider::Discord, &late).await;
        assert_eq!(ada.known_and_state(Provider::Discord).await, (true, State::Active));
        let row = world.row(ada.id, Provider::Discord).await.unwrap();
        assert_eq!(row.refresh_due_at, due);
    }

    async fn a_look_up_that_is_answered_long_after_it_is_believed(database: Database) {
        let world = world(database).await;
        let ada = world.user(ADA);
        let grant = ada.connected(Provider::Discord, GrantScript::stable()).await;
        world.advance(TimeDelta::minutes(1));
        world.simulator.fail_next(Endpoint::Userinfo, Fault::Empty(503));
        world.server.connections.look_up_due().await.unwrap();
        let message = world.simulator.signal_revoked(grant).unwrap();
        world.signal(Provider::Discord, &message).await;
        assert_eq!(world.database.number(KEPT).await, 1);
        world.advance(TimeDelta::minutes(11));
        world.server.connections.look_up_due().await.unwrap();
        assert_eq!(ada.known_and_state(Provider::Discord).await, (true, State::Active));
    }

    async fn one_that_comes_before_a_sign_in_with_the_expected_account_is_written_reaches_it(
        database: Database
    ) {
        let world = world(database).await;
        let ada = world.user(ADA);
        ada.asked_about_ada(Provider::Discord).await;
        let account = world.id_of(Provider::Discord, ADA);
        let message = world.simulator.discord_signal(&account);
        assert_eq!(world.signal(Provider::Discord, &message).await, 204);
        ada.is_checked_once_connected_with_ada(Provider::Discord).await;
    }

    async fn one_that_ends_the_grant_before_reaches_the_sign_in_with_the_expected_account_too(
        database: Database
    ) {
        let world = world(database).await;
        let ada = world.user(ADA);
        ada.connected_for_a_while(Provider::Discord).await;
        ada.asked_about_ada(Provider::Discord).await;
        let account = world.id_of(Provider::Discord, ADA);
        let message = world.simulator.discord_signal(&account);
        assert_eq!(world.signal(Provider::Discord, &message).await, 204);
        let state = world.state(ada.id, Provider::Discord).await;
        assert_eq!(state, State::ReauthenticationRequired);
        ada.is_checked_once_connected_with_ada(Provider::Discord).await;
    }

    async fn whoever_connects_learns_that_one_has_ended_the_grant(database: Database) {
        let world = world(database).await;
        let ada = world.user(ADA);
        ada.asked_about_ada(Provider::Google).await;
        // Google's clock is ahead, so it is clearly newer than the sign-in.
        let mut claims = claims(&world);
        let at = (world.now() + TimeDelta::minutes(1)).timestamp();
        claims["iat"] = json!(at);
        claims["toe"] = json!(at);
        let message = world.simulator.google_token(&claims);
        assert_eq!(world.signal(Provider::Google, &message).await, 202);
        let answer = ada.connect_expecting_ada(Provider::Google).await;
        assert_eq!(answer.text("/connectProvider/status"), "REAUTHENTICATION_REQUIRED");
        assert_eq!(world.ends("Google said: tokens-revoked").await, 1);
    }

    async fn one_reaches_everyone_with_that_account_whether_it_is_known_or_not(database: Database) {
        let world = world(database).await;
        let (ada, bob) = (world.user(ADA), world.user("bob@example.com"));
        ada.connected_for_a_while(Provider::Discord).await;
        // At Nhost Auth an account is one user's; but it may pass from one to the other.
        world.simulator.unlink(ada.id, Provider::Discord, ADA);
        bob.sign_in_as(Provider::Discord, ADA, GrantScript::stable());
        bob.connect(Provider::Discord).await.data("/connectProvider/id");
        world.advance(TimeDelta::minutes(4));
        let message = world.simulator.discord_signal(&world.id_of(Provider::Discord, ADA));
        world.look_up_overtaken_by(Provider::Discord, &message).await;
        for user in [&ada, &bob] {
            let found = user.known_and_state(Provider::Discord).await;
            assert_eq!(found, (true, State::ReauthenticationRequired));
        }
        assert_eq!(world.ends("Discord said: application deauthorized").await, 2);
    }

    async fn of_several_each_does_what_it_would_do_alone(database: Database) {
        let world = world(database).await;
        let ada = world.user(ADA);
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.advance(TimeDelta::minutes(1));
        // When what the first reports happened is open: before the sign-in or after it. The second
        // reports what was before the sign-in.
        let mut first = claims(&world);
        first["jti"] = json!("1");
        let mut second = claims(&world);
        let before = (world.now() - TimeDelta::minutes(2)).timestamp();
        second["jti"] = json!("2");
        second["iat"] = json!(before);
        second["toe"] = json!(before);
        for claims in [first, second] {
            let message = world.simulator.google_token(&claims);
            assert_eq!(world.signal(Provider::Google, &message).await, 202);
        }
        world.server.connections.look_up_due().await.unwrap();
        assert_eq!(ada.known_and_state(Provider::Google).await, (true, State::Active));
        let row = world.row(ada.id, Provider::Google).await.unwrap();
        assert_eq!(row.refresh_due_at, Some(world.now()));
    }
}
