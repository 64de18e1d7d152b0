//! Servers that die at any point of a change, whatever changes: a refresh that fails, a grant that ends,
//! a disconnection, a provider's signal, an end that is near, other scopes. The app's backend is told
//! of what was committed, at least once and in its place, and of nothing else.

use nhost_auth_simulator::{GrantId, GrantScript, Provider, SignalMessage, SignalSecrets};
use uuid::Uuid;

use super::{
    Receiver,
    kills::sends,
    receiver::{Received, Reply},
};
use crate::harness::{
    Binary, Cluster, DISCONNECT, Database, Member, READ, Replica, on_both_empty_databases, until,
};

/// What changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    RefreshFails,
    GrantEnds,
    Disconnects,
    ProviderSignals,
    EndsSoon,
    ScopesChange,
}

/// Where a server dies, and whether the change is committed by then.
type Point = (&'static str, bool);

impl Cause {
    fn points(self) -> &'static [Point] {
        match self {
            // The next server would leave the provider alone for a while.
            Self::RefreshFails => &[("commit.untold", true), ("webhook.answered", true)],
            Self::GrantEnds => {
                &[("commit.written", false), ("commit.untold", true), ("webhook.claimed", true)]
            }
            Self::Disconnects => &[
                ("disconnect.before", false),
                ("disconnect.committed", true),
                ("webhook.answered", true),
            ],
            Self::ProviderSignals => {
                &[("signal.written", false), ("signal.committed", true), ("webhook.answered", true)]
            }
            Self::EndsSoon => &[("expires_soon.written", false), ("webhook.claimed", true)],
            Self::ScopesChange => {
                &[("commit.written", false), ("commit.untold", true), ("webhook.answered", true)]
            }
        }
    }

    /// The event that is written with the change.
    fn event(self) -> &'static str {
        match self {
            Self::RefreshFails => "refresh_failed",
            Self::GrantEnds | Self::ProviderSignals => "reauthentication_required",
            Self::Disconnects => "disconnected",
            Self::EndsSoon => "expires_soon",
            Self::ScopesChange => "scopes_changed",
        }
    }

    fn webhook(self) -> &'static str {
        match self {
            Self::RefreshFails => "connection.refresh_failing",
            Self::GrantEnds | Self::ProviderSignals => "connection.reauthentication_required",
            Self::Disconnects => "connection.disconnected",
            Self::EndsSoon => "connection.expires_soon",
            Self::ScopesChange => "connection.scopes_changed",
        }
    }

    /// What a sign-in is told with that comes after it.
    fn webhooks_of_sign_in(self) -> &'static [&'static str] {
        match self {
            Self::RefreshFails | Self::GrantEnds | Self::ProviderSignals => {
                &["connection.connected", "connection.healed"]
            }
            Self::Disconnects | Self::EndsSoon | Self::ScopesChange => &["connection.connected"],
        }
    }
}

/// A user, and a server that dies over a change of their connection.
struct Death<'a> {
    cluster: &'a Cluster,
    receiver: &'a Receiver,
    cause: Cause,
    point: &'static str,
    ada: Member,
    /// What the provider sends when the user takes the grant back.
    signal: SignalMessage,
}

impl Death<'_> {
    fn binary(&self, name: &str) -> Binary {
        binary(self.cluster, self.receiver, self.cause, name)
    }

    fn sign_in(&self) -> GrantId {
        self.cluster.simulator.sign_in(self.ada.id, Provider::Google, GrantScript::stable())
    }

    /// Connects by `server`, and prepares what is to change.
    async fn prepare(&self, server: &Replica) -> GrantId {
        let (cluster, simulator) = (self.cluster, &self.cluster.simulator);
        let grant = self.sign_in();
        self.ada.connect(server).await.data("/connectProvider/id");
        match self.cause {
            Cause::ProviderSignals => {
                let unknown =
                    "SELECT COUNT(*) FROM provider_connection WHERE account_digest IS NULL";
                until(async || cluster.database.number(unknown).await == 0).await;
                cluster.are_old().await;
            }
            Cause::GrantEnds => {
                // One grant that ends after the other looks like a mistake of the operator's.
                cluster.expire_tokens().await;
                self.ada.working_token(server).await;
            }
            Cause::ScopesChange => {
                simulator.grant_scopes(grant, &["openid", "email"], true);
                cluster.expire_tokens().await;
                self.ada.working_token(server).await;
                simulator.grant_scopes(grant, &["openid"], true);
            }
            _ => {}
        }
        cluster.until_all_is_sent().await;
        grant
    }

    /// While no server runs.
    async fn begin(&self, grant: GrantId) {
        let cluster = self.cluster;
        match self.cause {
            Cause::RefreshFails => cluster.simulator.provider_outage(Provider::Google, true),
            Cause::GrantEnds => cluster.simulator.revoke(grant),
            Cause::EndsSoon => cluster.end_tomorrow(self.ada.id).await,
            _ => {}
        }
        if self.cause != Cause::EndsSoon {
            cluster.expire_tokens().await;
        }
    }

    /// A server that may die of it.
    async fn happen(&self, server: &Replica) {
        let query = match self.cause {
            Cause::RefreshFails | Cause::GrantEnds | Cause::ScopesChange => READ,
            Cause::Disconnects => DISCONNECT,
            Cause::ProviderSignals => {
                let _ = self.signal.send(&format!("{}/signals/google", server.url)).await;
                return;
            }
            // Its job does it by itself.
            Cause::EndsSoon => return,
        };
        let _ = self.ada.ask(server, query).await;
    }

    async fn die(&self) {
        let binary = self.binary("dying").env("CRASH_AT", self.point);
        let process = if self.cause == Cause::EndsSoon {
            binary.start()
        } else {
            let dying = Replica::start(binary).await;
            self.happen(&dying).await;
            dying.process
        };
        assert_eq!(process.end().await.code, None, "{}: a signal ended it", self.point);
    }

    /// What came about this user.
    fn told(&self) -> Vec<Received> {
        let mut all = self.receiver.all();
        all.retain(|webhook| webhook.data("userId") == self.ada.id.to_string());
        all
    }

    /// The types of what came, in the order in which each came first: it may come again, as it was, but
    /// not behind a later one.
    fn kinds(&self) -> Vec<String> {
        let mut told = self.told();
        told.dedup_by(|again, first| again.id == first.id && again.text == first.text);
        told.iter().map(Received::kind).collect()
    }
}

/// Refreshes at Google itself, and hears what that says.
fn binary(cluster: &Cluster, receiver: &Receiver, cause: Cause, name: &str) -> Binary {
    let binary = sends(cluster.binary_at_google(name), receiver);
    if cause != Cause::ProviderSignals {
        return binary;
    }
    let risc = cluster.simulator.origin().join("providers/google/risc-configuration").unwrap();
    binary
        .env("ACCOUNT_LOOKUP", "on")
        .env("PROVIDER_GOOGLE_RISC_CLIENT_IDS", SignalSecrets::GOOGLE_CLIENT_ID)
        .env("PROVIDER_GOOGLE_RISC_CONFIGURATION_URL", risc.as_str())
}

impl Cluster {
    async fn until_all_is_sent(&self) {
        let pending = "SELECT COUNT(*) FROM provider_connection_webhook WHERE state = 'pending'";
        until(async || self.database.number(pending).await == 0).await;
    }

    /// By the database's clock.
    fn in_days(&self, days: i32) -> String {
        if self.database.is_sqlite() {
            format!("strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '{days} days')")
        } else {
            format!("statement_timestamp() + interval '{days} days'")
        }
    }

    /// All sign-ins, and what is known of their accounts, are of ten days ago.
    async fn are_old(&self) {
        let past = self.in_days(-10);
        let old = format!(
            "UPDATE provider_connection SET connected_at = {past}, profile_connected_at = {past}, \
             refreshed_at = NULL"
        );
        self.database.execute(&old).await;
    }

    /// The refresh token of this user ends in a day, eleven days after the sign-in.
    async fn end_tomorrow(&self, user: Uuid) {
        self.are_old().await;
        let id = if self.database.is_sqlite() {
            format!("x'{}'", user.simple())
        } else {
            format!("'{user}'")
        };
        let tomorrow = self.in_days(1);
        let ends = format!(
            "UPDATE provider_connection SET refresh_token_expires_at = {tomorrow}, \
             end_look_at = '1970-01-01T00:00:00+00:00' WHERE user_id = {id}"
        );
        self.database.execute(&ends).await;
    }
}

/// A server dies over the change at each point, one after the other.
async fn dies_over(cause: Cause, database: Database) {
    let receiver = Receiver::start().await;
    let cluster = Cluster::over(database).await;
    let mut server = Replica::start(binary(&cluster, &receiver, cause, "first")).await;
    for (point, is_committed) in cause.points() {
        println!("{cause:?}: {point}");
        let email = format!("{point}@example.com");
        let ada = cluster.member(&email);
        let account = cluster.simulator.account_id(Provider::Google, &email);
        let signal = cluster.simulator.google_signal("tokens-revoked", &account);
        let death = Death { cluster: &cluster, receiver: &receiver, cause, point, ada, signal };
        let grant = death.prepare(&server).await;
        server.stop().await;
        receiver.forget();
        let before = cluster.events(cause.event()).await;
        death.begin(grant).await;
        death.die().await;
        let happened = cluster.events(cause.event()).await - before;
        assert_eq!(happened, i64::from(*is_committed), "{point}");
        let may_have_come = match *point {
            "webhook.answered" => 1..=1,
            "webhook.claimed" => 0..=0,
            // Nothing has woken the job that sends, but its own clock may have.
            _ => 0..=usize::from(*is_committed),
        };
        let came = death.told().len();
        assert!(may_have_come.contains(&came), "{point}: {came}");

        cluster.end_leases().await;
        cluster.end_webhook_claims().await;
        server = Replica::start(death.binary("next")).await;
        // What was not done is asked for again, and what a provider had no answer to is sent again.
        if !is_committed || cause == Cause::ProviderSignals {
            death.happen(&server).await;
        }
        until(async || cluster.events(cause.event()).await > before).await;
        // Whatever came before this in its place has arrived when this has.
        cluster.simulator.provider_outage(Provider::Google, false);
        death.sign_in();
        death.ada.connect(&server).await.data("/connectProvider/id");
        let expected = [[cause.webhook()].as_slice(), cause.webhooks_of_sign_in()].concat();
        until(async || death.kinds().len() >= expected.len()).await;
        assert_eq!(death.kinds(), expected, "{point}");
        assert_eq!(cluster.events(cause.event()).await, before + 1, "{point}");
        cluster.until_all_is_sent().await;
    }
}

on_both_empty_databases! {
    async fn a_refresh_that_fails_is_told_in_spite_of_a_death(database: Database) {
        dies_over(Cause::RefreshFails, database).await;
    }

    async fn the_end_of_a_grant_is_told_in_spite_of_a_death(database: Database) {
        dies_over(Cause::GrantEnds, database).await;
    }

    async fn a_disconnection_is_told_in_spite_of_a_death(database: Database) {
        dies_over(Cause::Disconnects, database).await;
    }

    async fn what_a_provider_signals_is_told_in_spite_of_a_death(database: Database) {
        dies_over(Cause::ProviderSignals, database).await;
    }

    async fn an_end_that_is_near_is_told_in_spite_of_a_death(database: Database) {
        dies_over(Cause::EndsSoon, database).await;
    }

    async fn other_scopes_are_told_in_spite_of_a_death(database: Database) {
        dies_over(Cause::ScopesChange, database).await;
    }

    async fn what_waited_of_a_connection_is_not_told_after_a_death_over_its_disconnection(
        database: Database
    ) {
        let receiver = Receiver::start().await;
        let cluster = Cluster::over(database).await;
        let start = |name: &str| binary(&cluster, &receiver, Cause::Disconnects, name);
        let first = Replica::start(start("first")).await;
        receiver.replies([Reply::Status(500)]);
        let ada = cluster.connected(&first, GrantScript::stable()).await;
        let tried = "SELECT COUNT(*) FROM provider_connection_webhook WHERE last_result IS NOT NULL";
        until(async || cluster.database.number(tried).await == 1).await;
        first.stop().await;
        receiver.forget();
        let put_off =
            "UPDATE provider_connection_webhook SET due_at = '2100-01-01T00:00:00+00:00'";
        cluster.database.execute(put_off).await;
        let dying = start("dying").env("CRASH_AT", "disconnect.committed");
        let dying = Replica::start(dying).await;
        let _ = ada.ask(&dying, DISCONNECT).await;
        dying.process.end().await;
        // It is due before the disconnection is.
        cluster.end_webhook_claims().await;
        let next = Replica::start(start("next")).await;
        cluster.simulator.sign_in(ada.id, Provider::Google, GrantScript::stable());
        ada.connect(&next).await.data("/connectProvider/id");
        let told = async || receiver.kinds().last().is_some_and(|kind| kind.ends_with(".connected"));
        until(told).await;
        let mut all = receiver.all();
        all.dedup_by(|again, first| again.id == first.id);
        let kinds: Vec<_> = all.iter().map(Received::kind).collect();
        assert_eq!(kinds, ["connection.disconnected", "connection.connected"]);
    }
}
