//! Users who were deleted without this server being notified are found by asking, and removed. What
//! is asked may be wrong; then nobody is.

mod believed;
mod interrupted;
mod settings;

use chrono::TimeDelta;
use nhost_auth_simulator::{ADMIN_SECRET, Endpoint, Fault, GrantScript, Provider, Signing};
use provider_connections::{
    config::{Config, DeletedUsersConfig},
    upstream::{ClientSecret, ProviderClient, ProviderClients},
};
use reqwest::header::HeaderValue;
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use crate::harness::{Database, Server, User, World, on_both_empty_databases};

const MISSING: &str = "SELECT COUNT(*) FROM provider_connection_missing_user";

/// The settings of a search at this GraphQL API.
fn search_at(graphql_url: Url) -> DeletedUsersConfig {
    DeletedUsersConfig {
        graphql_url,
        admin_secret: HeaderValue::from_static(ADMIN_SECRET),
        interval: TimeDelta::hours(1),
        max_share: 20,
    }
}

/// A server that searches at the simulator, and revokes at Google.
fn searches(config: &mut Config) {
    let url = config.nhost_auth_url.join("/graphql/v1").unwrap();
    config.deleted_users = Some(search_at(url));
    let at = |what| config.nhost_auth_url.join(&format!("/providers/google/{what}")).unwrap();
    let google = ProviderClient {
        client_id: "simulator-client".to_owned(),
        secret: ClientSecret::Shared(vec!["simulator-secret".into()]),
        token_url: at("token"),
        revocation_url: Some(at("revoke")),
    };
    config.providers = ProviderClients::from_iter([(domain::Provider::Google, google)]);
}

async fn searching(database: Database) -> World {
    World::on_with(database, Signing::hs256(), searches).await
}

impl World {
    /// Lets an hour pass and searches to the end. `Err`: why nobody was removed.
    async fn search(&self) -> Result<(), String> {
        self.advance(TimeDelta::hours(1));
        search_now(&self.server).await
    }

    async fn is_connected(&self, user: &User<'_>) -> bool {
        self.row(user.id, Provider::Google).await.is_some()
    }

    /// A user who is connected, and has been for a while.
    async fn settled(&self, email: &str) -> User<'_> {
        let user = self.user(email);
        user.connected(Provider::Google, GrantScript::stable()).await;
        user
    }
}

async fn search_now(server: &Server) -> Result<(), String> {
    loop {
        match server.connections.remove_deleted_users().await {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(failed) => return Err(failed.0),
        }
    }
}

/// A user as the GraphQL API answers.
fn row(id: &Uuid) -> Value {
    json!({ "id": id, "isAnonymous": false })
}

/// What the GraphQL API answers where these of the users exist.
fn users(existing: &[Uuid]) -> Fault {
    let users: Vec<_> = existing.iter().map(row).collect();
    Fault::json(200, &json!({ "data": { "users": users } }))
}

on_both_empty_databases! {
    async fn a_deleted_user_loses_everything_at_the_second_search_and_others_nothing(database: Database) {
        let world = searching(database).await;
        let ada = world.settled("ada@example.com").await;
        ada.access_token(Provider::Google).await;
        ada.connected(Provider::Spotify, GrantScript::rotating()).await;
        let grant = world.simulator.grant_of(ada.id, Provider::Google).unwrap();
        let bob = world.settled("bob@example.com").await;
        world.simulator.disable_user(bob.id);
        world.search().await.unwrap();
        assert_eq!(world.database.number(MISSING).await, 0);
        world.simulator.delete_user(ada.id);
        world.search().await.unwrap();
        assert!(world.is_connected(&ada).await, "one look is not enough");
        world.search().await.unwrap();
        world.server.connections.flush_reads().await.unwrap();
        assert_eq!(world.rows_of(ada.id).await, 0);
        assert!(!world.simulator.grant(grant).alive, "it is revoked");
        let tombstones = "SELECT COUNT(*) FROM provider_connection_tombstone WHERE provider = ''";
        assert_eq!(world.database.number(tombstones).await, 1, "as by the hook");
        assert_eq!(world.database.number(MISSING).await, 0);
        assert!(world.is_connected(&bob).await, "who is disabled exists");
        world.search().await.unwrap();
        assert!(world.is_connected(&bob).await);
    }

    async fn who_has_just_signed_in_is_not_asked_about(database: Database) {
        let world = searching(database).await;
        world.settled("bob@example.com").await;
        world.advance(TimeDelta::minutes(51));
        let ada = world.settled("ada@example.com").await;
        world.simulator.delete_user(ada.id);
        world.advance(TimeDelta::minutes(9));
        search_now(&world.server).await.unwrap();
        assert_eq!(world.database.number(MISSING).await, 0);
        world.search().await.unwrap();
        assert_eq!(world.database.number(MISSING).await, 1);
    }

    async fn it_is_searched_no_more_often_than_the_setting_says(database: Database) {
        let world = searching(database).await;
        world.settled("ada@example.com").await;
        world.search().await.unwrap();
        let asked = world.simulator.calls(Endpoint::Graphql);
        assert_eq!(asked, 1);
        world.advance(TimeDelta::minutes(59));
        search_now(&world.server).await.unwrap();
        assert_eq!(world.simulator.calls(Endpoint::Graphql), asked);
        world.advance(TimeDelta::minutes(1));
        search_now(&world.server).await.unwrap();
        assert_eq!(world.simulator.calls(Endpoint::Graphql), asked + 1);
    }

    async fn who_comes_back_before_the_second_search_counts_as_never_missing(database: Database) {
        let world = searching(database).await;
        let (ada, bob) = (world.settled("a@example.com").await, world.settled("b@example.com").await);
        world.simulator.fail_next(Endpoint::Graphql, users(&[bob.id]));
        world.search().await.unwrap();
        assert_eq!(world.database.number(MISSING).await, 1);
        world.search().await.unwrap();
        assert_eq!(world.database.number(MISSING).await, 0);
        let asked = world.simulator.calls(Endpoint::Graphql);
        assert_eq!(asked, 2, "there is nothing to confirm");
        world.simulator.fail_next(Endpoint::Graphql, users(&[bob.id]));
        world.search().await.unwrap();
        assert!(world.is_connected(&ada).await, "it begins anew");
    }

    async fn pages_reach_every_user_once(database: Database) {
        const USERS: usize = 1_200;
        let world = searching(database).await;
        world.settled("first@example.com").await;
        let add = |number| world.simulator.add_user(&format!("user-{number}@example.com"));
        let mut ids: Vec<_> = (0..USERS).map(add).collect();
        ids.sort_unstable();
        copy_connection(&world, &ids).await;
        world.search().await.unwrap();
        assert_eq!(world.simulator.calls(Endpoint::Graphql), 3);
        let deleted = [ids[0], ids[499], ids[500], ids[USERS - 1]];
        for id in &deleted {
            world.simulator.delete_user(*id);
        }
        world.search().await.unwrap();
        world.search().await.unwrap();
        let left = "SELECT COUNT(*) FROM provider_connection";
        assert_eq!(world.database.number(left).await, i64::try_from(USERS + 1 - 4).unwrap());
        for id in deleted {
            assert!(world.row(id, Provider::Google).await.is_none(), "{id}");
        }
        let asked = world.simulator.calls(Endpoint::Graphql);
        assert_eq!(asked, 3 + 3 + (3 + 1), "the missing are asked about together");
        world.simulator.fail_always(Endpoint::Graphql, None, users(&[]));
        world.search().await.unwrap_err();
        let asked_in_vain = world.simulator.calls(Endpoint::Graphql) - asked;
        assert_eq!(asked_in_vain, 1, "nobody of the first page exists");
    }
}

/// Gives these users a copy of the only connection.
async fn copy_connection(world: &World, users: &[Uuid]) {
    let is_sqlite = world.database.is_sqlite();
    let columns = "provider, state, access_token, refresh_token, access_token_expires_at, \
                   generation, connected_at";
    let ids: Vec<_> =
        users
            .iter()
            .map(|id| {
                if is_sqlite { format!("(x'{}')", id.simple()) } else { format!("('{id}'::uuid)") }
            })
            .collect();
    let copy = format!(
        "WITH ids(user_id) AS (VALUES {})
         INSERT INTO provider_connection (id, user_id, {columns})
         SELECT ids.user_id, ids.user_id, {columns} FROM provider_connection, ids",
        ids.join(",")
    );
    world.database.execute(&copy).await;
}

/// Everything that is no answer to the question, as the GraphQL API or a proxy in front of it says it.
fn no_answers(known: Uuid, other: Uuid) -> Vec<Fault> {
    let json = |value: Value| Fault::json(200, &value);
    let error = json!([{ "message": "…", "extensions": { "code": "unexpected" } }]);
    vec![
        Fault::Disconnect,
        Fault::LostAfterWork,
        Fault::RateLimited,
        Fault::Empty(200),
        Fault::Empty(204),
        Fault::Empty(302),
        Fault::Empty(401),
        Fault::Garbage,
        Fault::Html(200),
        Fault::Html(502),
        Fault::Huge(2 * 1024 * 1024),
        json(json!(null)),
        json(json!([])),
        json(json!({})),
        json(json!({ "data": null })),
        json(json!({ "data": {} })),
        json(json!({ "data": { "users": null } })),
        json(json!({ "data": { "users": {} } })),
        json(json!({ "data": { "users": [{}] } })),
        json(json!({ "data": { "users": [{ "id": "ada", "isAnonymous": false }] } })),
        json(json!({ "data": { "users": [row(&other)] } })),
        // Of an app's own table of that name.
        json(json!({ "data": { "users": [{ "id": known }] } })),
        json(json!({ "data": { "auth_users": [] } })),
        json(json!({ "data": { "users": [], "more": [] } })),
        json(json!({ "data": { "users": [] }, "errors": error })),
        json(json!({ "errors": [] })),
        Fault::json(500, &json!({ "data": { "users": [] } })),
    ]
}
