use axum::{
    extract::State,
    http::header,
    response::{Html, IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};

use crate::random::Random;

/// `GET /graphiql`.
pub async fn graphiql(State(random): State<Random>) -> Response {
    const QUERY: &str =
        "{\n  providerConnections {\n    provider\n    status\n    expiresAt\n  }\n}\n";
    let page = include_str!("graphiql.html")
        .replace("{{headers}}", "{}")
        .replace("{{query}}", &for_script(&QUERY.into()));
    nonce_page(
        &random,
        &page,
        "script-src 'nonce-{{nonce}}' https://unpkg.com; \
         style-src 'unsafe-inline' https://unpkg.com; font-src data:; img-src data:; \
         connect-src 'self'",
    )
}

/// A value as it may stand in a script: no `</script>` in it ends the script.
pub fn for_script(value: &serde_json::Value) -> String {
    value.to_string().replace('<', "\\u003c")
}

/// A page whose scripts run only if they carry a number that nobody else can know. `page` and
/// `policy` have `{{nonce}}` where it goes.
pub fn nonce_page(random: &Random, page: &str, policy: &str) -> Response {
    let nonce = BASE64_STANDARD.encode(random.bytes::<16>());
    let policy = format!(
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; {}",
        policy.replace("{{nonce}}", &nonce)
    );
    (
        [
            (header::CONTENT_SECURITY_POLICY, policy),
            (header::REFERRER_POLICY, "no-referrer".to_owned()),
        ],
        Html(page.replace("{{nonce}}", &nonce)),
    )
        .into_response()
}
