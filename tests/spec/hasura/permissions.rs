use async_graphql::parser::{
    parse_schema,
    types::{ObjectType, TypeKind, TypeSystemDefinition},
};
use serde_json::{Value, json};

use super::{Beside, failed, went_well};
use crate::harness::{Binary, SERVICE_SECRET};

/// The schema document of the role that is asked for.
async fn document(role: &str) -> String {
    let ended = Binary::new("hasura --role").arg(role).run().await;
    let printed: Value = serde_json::from_str(went_well(&ended)).unwrap();
    let permission = &printed["args"][1];
    assert_eq!(permission["type"], "add_remote_schema_permissions");
    permission["args"]["definition"]["schema"].as_str().unwrap().to_owned()
}

fn objects(sdl: &str) -> Vec<(String, ObjectType)> {
    let definitions = parse_schema(sdl).unwrap().definitions.into_iter();
    definitions
        .filter_map(|definition| match definition {
            TypeSystemDefinition::Type(one) => match one.node.kind {
                TypeKind::Object(object) => Some((one.node.name.node.to_string(), object)),
                _ => None,
            },
            _ => None,
        })
        .collect()
}

/// `Type.field` of all fields.
fn fields(sdl: &str) -> Vec<String> {
    let name = |(name, object): (String, ObjectType)| {
        object.fields.into_iter().map(move |field| format!("{name}.{}", field.node.name.node))
    };
    objects(sdl).into_iter().flat_map(name).collect()
}

#[tokio::test]
async fn a_role_sees_everything_that_it_is_not_denied() {
    let mut there = fields(&provider_connections::graphql::sdl());
    // Hasura does not carry them: see docs/hasura.md.
    let carried = |field: &String| {
        !field.starts_with("Subscription.") && !field.starts_with("ProviderConnectionChange.")
    };
    assert!(!there.iter().all(carried));
    there.retain(carried);
    // Nobody but a service may import: it takes whatever refresh token is passed.
    let own = |field: &String| field != "Mutation.importProviderConnection";
    assert!(!there.iter().all(own));
    there.retain(own);
    assert_eq!(fields(&document("user").await), there);
    let kept = fields(&document("viewer:accessToken").await);
    let mut all = fields(&document("user").await);
    all.retain(|field| field != "ProviderConnection.accessToken");
    assert_eq!(kept, all);
}

#[tokio::test]
async fn user_id_is_preset_everywhere_and_nothing_else_is() {
    for role in ["user", "viewer:accessToken,Mutation"] {
        let (mut preset, mut other) = (0, 0);
        for (_, object) in objects(&document(role).await) {
            for argument in object.fields.into_iter().flat_map(|field| field.node.arguments) {
                let directives: Vec<_> =
                    argument.node.directives.into_iter().map(|one| one.node).collect();
                if argument.node.name.node == "userId" {
                    let value = directives[0].get_argument("value").unwrap().node.to_string();
                    assert_eq!(directives[0].name.node, "preset");
                    assert_eq!(value, "\"x-hasura-user-id\"");
                    preset += 1;
                } else {
                    assert!(directives.is_empty());
                    other += 1;
                }
            }
        }
        assert!(preset >= 2 && other > 0, "{role}: {preset} and {other}");
    }
}

#[tokio::test]
async fn types_that_nothing_leads_to_any_more_are_left_out_and_defaults_are_kept() {
    let user = document("user").await;
    assert!(user.contains("accessToken(minValidFor: Int! = 60): String"), "{user}");
    assert!(user.starts_with("schema {\n  query: Query\n  mutation: Mutation\n}\n"), "{user}");
    let viewer = document("viewer:Mutation,events").await;
    assert!(viewer.starts_with("schema {\n  query: Query\n}\n"), "{viewer}");
    for gone in
        ["Mutation", "ProviderDisconnection", "ProviderRevocation", "ProviderConnectionEvent"]
    {
        assert!(user.contains(gone) && !viewer.contains(gone), "{gone}: {viewer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hasura_takes_every_role_and_the_server_answers_what_a_role_may_ask() {
    let beside = Beside::new().await;
    let roles = "--role user --role a:accessToken --role b:Mutation --role c:events,userId \
                 --role d:Query.providerConnection,lastFailure";
    went_well(&beside.run(&format!("--apply {roles}")).await);
    // What Hasura sends for the role `a`: its document's fields, and the preset.
    let ada = beside.world.user("ada@example.com");
    let headers = [("x-service-secret", SERVICE_SECRET), ("x-hasura-role", "a")];
    let id = ada.id.to_string();
    let session = [&headers[..], &[("x-hasura-user-id", id.as_str())]].concat();
    let query = "query ($x: uuid) { providerConnections(userId: $x) { id status userId } }";
    let answer = beside.world.server.ask(&session, query, json!({ "x": id })).await;
    assert_eq!(answer.data("/providerConnections"), &json!([]));
}

#[tokio::test]
async fn a_role_that_can_not_be_is_refused() {
    for (role, why) in [
        ("admin", "needs no permission"),
        (":accessToken", "the name of a role is missing"),
        ("viewer:accessTokens", "has no \"accessTokens\""),
        ("viewer:Query.accessToken", "has no \"Query.accessToken\""),
        ("viewer:Query", "no field is left"),
        ("viewer:ProviderConnection,providerSignInUrl,providerAccessGrants", "no field is left"),
    ] {
        let said = failed(&Binary::new("hasura --role").arg(role).run().await);
        assert!(said.contains(why), "{role}: {said}");
    }
    let twice = failed(&Binary::new("hasura --role user --role user:events").run().await);
    assert!(twice.contains("given twice"), "{twice}");
}
