//! The trigger of `docs/operations.md`: users who are deleted in the app's own database.

use chrono::TimeDelta;
use entity::provider_connection;
use nhost_auth_simulator::{GrantScript, Provider};
use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait};
use uuid::Uuid;

use crate::harness::{Database, Outage, World};

/// The SQL of the documentation, with the schemas of this test.
fn documented(own: &str, auth: &str) -> String {
    let text = include_str!("../../docs/operations.md");
    let sql = text.split("```sql").find(|sql| sql.contains("user_deleted()")).unwrap();
    let sql = sql.split("```").next().unwrap();
    let sql = sql.replace("provider_connections.user_deleted", &format!("{own}.user_deleted"));
    let sql = sql.replace("search_path = provider_connections", &format!("search_path = {own}"));
    sql.replace("auth.users", &format!("{auth}.users"))
}

/// Makes the app's users, and the trigger, and deletes one of them.
async fn deleted_by_the_trigger(db: &DatabaseConnection, users: &[Uuid], deleted: Uuid) {
    let row = db.query_one_raw(sea_orm::Statement::from_string(
        db.get_database_backend(),
        "SELECT current_schema()::text",
    ));
    let own: String = row.await.unwrap().unwrap().try_get_by_index(0).unwrap();
    let auth = format!("{own}_auth");
    for sql in [
        format!("CREATE SCHEMA {auth}"),
        format!("CREATE TABLE {auth}.users (id uuid PRIMARY KEY)"),
        documented(&own, &auth),
    ] {
        db.execute_unprepared(&sql).await.unwrap();
    }
    for user in users {
        let insert = format!("INSERT INTO {auth}.users VALUES ('{user}')");
        db.execute_unprepared(&insert).await.unwrap();
    }
    let delete = format!("DELETE FROM {auth}.users WHERE id = '{deleted}'");
    db.execute_unprepared(&delete).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_spool_has_of_a_user_whom_the_trigger_removed_stays_removed_postgres() {
    let mut outage = Outage::over(Database::postgres().await).await;
    let server = outage.cluster.start("server").await;
    let ada = outage.signed_in(GrantScript::stable());
    let call = outage.connect_into(&ada, &server).await;
    call.await.unwrap().unwrap().data("/connectProvider/id");
    server.process.kill().await;
    outage.end().await;
    let db = outage.cluster.database.connect().await;
    deleted_by_the_trigger(&db, &[ada.id], ada.id).await;
    let mut server = outage.cluster.start("server").await;
    server.logged(&["the database is back:"]).await;
    assert!(ada.read(&server).await.data("/providerConnection").is_null());
    let rows = "SELECT COUNT(*) FROM provider_connection";
    assert_eq!(outage.cluster.database.number(rows).await, 0);
    assert_eq!(outage.cluster.spooled("server").len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documented_trigger_removes_what_there_is_of_a_deleted_user_and_nothing_else_postgres()
{
    let world = World::on(Database::postgres().await).await;
    let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
    for user in [&ada, &bob] {
        user.connected(Provider::Google, GrantScript::rotating()).await;
        let grant =
            "mutation { grantProviderAccess(clientId: \"agent\", provider: google) { clientId } }";
        user.ask(grant).await.data("/grantProviderAccess");
        user.access_token(Provider::Google).await;
    }
    let db = world.database.connect().await;
    deleted_by_the_trigger(&db, &[ada.id, bob.id], ada.id).await;
    let rows = provider_connection::Entity::find().all(&db).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.user_id).collect::<Vec<_>>(), [bob.id]);
    let left = |table: &str| format!("SELECT COUNT(*) FROM {table} WHERE user_id = '{}'", ada.id);
    // A read that was not written yet.
    world.server.connections.flush_reads().await.unwrap();
    assert_eq!(world.database.number(&left("provider_connection_event")).await, 0);
    assert_eq!(world.database.number(&left("provider_connection_access_grant")).await, 0);
    let grants = "SELECT COUNT(*) FROM provider_connection_access_grant";
    assert_eq!(world.database.number(grants).await, 1, "Bob's stays");
    assert_eq!(world.database.number(&left("provider_connection_revocation")).await, 1);
    let tombstones = "SELECT COUNT(*) FROM provider_connection_tombstone WHERE provider = ''";
    assert_eq!(world.database.number(tombstones).await, 1);
    // The trigger's clock is the database's own; this world's is far behind.
    world.advance(TimeDelta::days(10_000));
    // A server that can't revoke there does not keep the tokens for it.
    world.server.connections.revoke_due().await.unwrap();
    assert_eq!(world.database.number(&left("provider_connection_revocation")).await, 0);
}
