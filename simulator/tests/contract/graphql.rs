//! The project's GraphQL API: which users exist.

use nhost_auth_simulator::ADMIN_SECRET;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::World;

impl World {
    async fn graphql(&self, secret: &str, body: &Value) -> Value {
        let request = self.http.post(self.running.graphql_url()).json(body);
        let request = request.header("x-hasura-admin-secret", secret);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }
}

fn row(id: Uuid) -> Value {
    json!({ "id": id, "isAnonymous": false })
}

#[tokio::test]
async fn an_administrator_learns_which_users_exist_and_nobody_else_does() {
    let world = World::new().await;
    let (ada, bob) = (world.running.add_user("ada@example.com"), world.running.add_user("bob@x.y"));
    let ids = json!({
        "query": "query ($ids: [uuid!]!) { users(where: { id: { _in: $ids } }) { id isAnonymous } }",
        "variables": { "ids": [ada, bob, Uuid::nil()] },
    });
    let users = json!({ "data": { "users": [row(ada), row(bob)] } });
    assert_eq!(world.graphql(ADMIN_SECRET, &ids).await, users);
    world.running.delete_user(bob);
    let users = json!({ "data": { "users": [row(ada)] } });
    assert_eq!(world.graphql(ADMIN_SECRET, &ids).await, users);
    let each = json!({
        "query": "query ($u0: uuid!, $u1: uuid!) {
            u0: users(where: { id: { _eq: $u0 } }) { id isAnonymous }
            u1: users(where: { id: { _eq: $u1 } }) { id isAnonymous } }",
        "variables": { "u0": ada, "u1": bob },
    });
    let fields = json!({ "data": { "u0": [row(ada)], "u1": [] } });
    assert_eq!(world.graphql(ADMIN_SECRET, &each).await, fields);
    let refused = world.graphql("another", &ids).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "access-denied");
    let other = json!({ "query": "{ files { id } }" });
    let refused = world.graphql(ADMIN_SECRET, &other).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "validation-failed");
}
