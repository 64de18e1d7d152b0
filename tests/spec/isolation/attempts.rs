use serde_json::{Value, json};

/// What an attempt gets.
pub enum Gets {
    /// An error with this code, and nothing else.
    Only(&'static str),
    /// An error with this code beside what is the caller's own.
    Beside(&'static str),
    /// No error; only what is the caller's own, or nothing.
    Own,
}
use Gets::{Beside, Only, Own};

/// Ada's attempts on Bob's connection to Google; `BOB` and `ADA` stand for their ids. Ada is
/// connected to GitHub.
#[expect(clippy::too_many_lines, reason = "a table")]
pub fn attempts() -> Vec<(Gets, &'static str, Value)> {
    const READ: &str =
        "query($id: uuid) { providerConnections(userId: $id) { id userId accessToken } }";
    const FORBIDDEN: Gets = Only("FORBIDDEN");
    vec![
        // By argument.
        (
            FORBIDDEN,
            r#"{ providerConnections(userId: "BOB") { id userId accessToken } }"#,
            json!({}),
        ),
        (
            FORBIDDEN,
            r#"{ providerConnection(provider: google, userId: "BOB") { id accessToken } }"#,
            json!({}),
        ),
        (
            FORBIDDEN,
            r#"{ providerConnections(userId: "BOB", providers: [google]) { id } }"#,
            json!({}),
        ),
        (FORBIDDEN, r#"{ providerConnections(userId: "BOB", providers: []) { id } }"#, json!({})),
        (FORBIDDEN, r#"{ providerConnections(userId: "BOB") { __typename } }"#, json!({})),
        (
            FORBIDDEN,
            r#"mutation { refreshProviderToken(provider: google, userId: "BOB") { accessToken } }"#,
            json!({}),
        ),
        (
            FORBIDDEN,
            r#"mutation { refreshProviderToken(provider: google, minValidFor: 0, userId: "BOB") { accessToken } }"#,
            json!({}),
        ),
        (
            FORBIDDEN,
            r#"mutation { disconnectProvider(provider: google, userId: "BOB") { id } }"#,
            json!({}),
        ),
        (
            Only("GRAPHQL_VALIDATION_FAILED"),
            r#"mutation { connectProvider(provider: google, userId: "BOB") { id } }"#,
            json!({}),
        ),
        (
            FORBIDDEN,
            r#"{ providerConnections(userId: "BOB") { id events(first: 100) { id } } }"#,
            json!({}),
        ),
        (
            FORBIDDEN,
            r#"mutation { refreshProviderToken(provider: google, userId: "BOB") { events { id } } }"#,
            json!({}),
        ),
        // What is not connected at all is as forbidden: nobody learns which providers Bob uses.
        (
            FORBIDDEN,
            r#"mutation { disconnectProvider(provider: strava, userId: "BOB") { id } }"#,
            json!({}),
        ),
        (FORBIDDEN, r#"{ providerConnection(provider: strava, userId: "BOB") { id } }"#, json!({})),
        // By the spelling of an id.
        (FORBIDDEN, r#"{ providerConnections(userId: "UPPER") { id } }"#, json!({})),
        (FORBIDDEN, r#"{ providerConnections(userId: "{BOB}") { id } }"#, json!({})),
        (FORBIDDEN, r#"{ providerConnections(userId: "urn:uuid:BOB") { id } }"#, json!({})),
        (FORBIDDEN, r#"{ providerConnections(userId: "SIMPLE") { id } }"#, json!({})),
        (
            Only("GRAPHQL_VALIDATION_FAILED"),
            r#"{ providerConnections(userId: "ADA' OR user_id = 'BOB") { id } }"#,
            json!({}),
        ),
        (
            Only("GRAPHQL_VALIDATION_FAILED"),
            r#"{ providerConnections(userId: ["ADA", "BOB"]) { id } }"#,
            json!({}),
        ),
        (
            Only("GRAPHQL_VALIDATION_FAILED"),
            r#"{ providerConnections(userId: {_eq: "BOB"}) { id } }"#,
            json!({}),
        ),
        (
            Only("GRAPHQL_VALIDATION_FAILED"),
            r#"{ providerConnections(userId: "ADA", userId: "BOB") { id } }"#,
            json!({}),
        ),
        (
            Only("GRAPHQL_VALIDATION_FAILED"),
            r#"{ providerConnections(userId: "ADA", user_id: "BOB") { id } }"#,
            json!({}),
        ),
        // By variable.
        (FORBIDDEN, READ, json!({ "id": "BOB" })),
        (Own, READ, json!({ "id": "ADA", "userId": "BOB" })),
        (Own, READ, json!({ "id": null, "x-hasura-user-id": "BOB" })),
        (Own, READ, json!({ "ID": "BOB" })),
        (
            FORBIDDEN,
            r#"query($id: uuid = "BOB") { providerConnections(userId: $id) { id } }"#,
            json!({}),
        ),
        (
            Own,
            r#"query($id: uuid = "BOB") { providerConnections(userId: $id) { id } }"#,
            json!({ "id": "ADA" }),
        ),
        (
            FORBIDDEN,
            "query($id: uuid) { own: providerConnections { id } providerConnections(userId: $id) { id } }",
            json!({ "id": "BOB" }),
        ),
        // By alias, beside what is Ada's own.
        (
            FORBIDDEN,
            r#"{ providerConnections { id } a: providerConnections(userId: "BOB") { id accessToken } }"#,
            json!({}),
        ),
        (
            Beside("FORBIDDEN"),
            r#"{ providerConnection(provider: github) { userId } b: providerConnection(provider: google, userId: "BOB") { id accessToken } }"#,
            json!({}),
        ),
        (
            Beside("FORBIDDEN"),
            r#"{ a: providerConnection(provider: google, userId: "BOB") { accessToken } b: providerConnection(provider: google) { accessToken } }"#,
            json!({}),
        ),
        (
            Only("GRAPHQL_VALIDATION_FAILED"),
            r#"{ providerConnections(userId: "ADA") { id } providerConnections(userId: "BOB") { id } }"#,
            json!({}),
        ),
        (
            FORBIDDEN,
            r#"mutation { a: refreshProviderToken(provider: github) { id } b: disconnectProvider(provider: google, userId: "BOB") { id } }"#,
            json!({}),
        ),
        // By fragment, directive and operation.
        (
            FORBIDDEN,
            r#"{ ...F } fragment F on Query { providerConnections(userId: "BOB") { id } }"#,
            json!({}),
        ),
        (
            FORBIDDEN,
            r#"{ ... @include(if: true) { providerConnections(userId: "BOB") { id } } }"#,
            json!({}),
        ),
        (
            FORBIDDEN,
            r#"query($no: Boolean!) { providerConnections(userId: "BOB") @skip(if: $no) { id } }"#,
            json!({ "no": false }),
        ),
        (
            Own,
            r#"{ __typename providerConnections(userId: "BOB") @skip(if: true) { id } }"#,
            json!({}),
        ),
        (
            Only("GRAPHQL_VALIDATION_FAILED"),
            r#"{ providerConnections @preset(userId: "BOB") { id } }"#,
            json!({}),
        ),
        (
            Only("GRAPHQL_VALIDATION_FAILED"),
            r#"query A { __typename } query B { providerConnections(userId: "BOB") { id } }"#,
            json!({}),
        ),
        // What has no argument is Ada's own.
        (Own, "{ providerConnections { id userId events(first: 100) { id at kind } } }", json!({})),
        (Own, "{ providerConnections { id userId accessToken } }", json!({})),
        (Own, "{ providerConnections(userId: null) { id userId accessToken } }", json!({})),
        (Own, "{ providerConnection(provider: google) { id userId accessToken } }", json!({})),
        (
            Only("NOT_CONNECTED"),
            "mutation { refreshProviderToken(provider: google) { accessToken } }",
            json!({}),
        ),
        (
            Only("NOT_CONNECTED"),
            "mutation { disconnectProvider(provider: google) { id } }",
            json!({}),
        ),
        (
            Only("PROVIDER_SESSION_NOT_FOUND"),
            "mutation { connectProvider(provider: google) { accessToken } }",
            json!({}),
        ),
    ]
}
