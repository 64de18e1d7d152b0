//! A link that asks the user for scopes again; and why there is none for what the app doesn't ask for.

use domain::Scopes;
use nhost_auth_simulator::{GrantScript, Provider, Signing};
use provider_connections::connections::ScopeRules;
use serde_json::json;

use super::CALENDAR;
use crate::harness::{Answer, Database, World};

const SIGN_IN: &str =
    "query($p: OAuthProvider!, $s: [String!]) { url: providerSignInUrl(provider: $p, scopes: $s) }";
const AGAIN: &str = "query($p: OAuthProvider!, $s: [String!]) { c: providerConnection(provider: $p) { id \
                     url: reauthenticationUrl(scopes: $s) } }";

async fn asking_for_a_calendar() -> World {
    World::on_with(Database::sqlite(), Signing::hs256(), |config| {
        let asked = Scopes::parse(&format!("openid email {CALENDAR}")).unwrap();
        config.scopes.rules =
            ScopeRules::new([(domain::Provider::Google, asked)].into(), [].into());
    })
    .await
}

#[track_caller]
fn parameters(answer: &Answer, pointer: &str) -> Vec<String> {
    let url = url::Url::parse(answer.text(pointer)).unwrap();
    url.query_pairs().map(|(name, value)| format!("{name}={value}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scope_that_the_app_asks_for_makes_a_link_that_asks_again() {
    let world = asking_for_a_calendar().await;
    let ada = world.user("ada@example.com");
    let consent = ["upstreamParams[include_granted_scopes]=true", "upstreamParams[prompt]=consent"];
    let readonly = format!("{CALENDAR}.readonly");
    for scopes in [vec![CALENDAR], vec!["email", &readonly]] {
        let answer = ada.ask_with(SIGN_IN, json!({ "p": "google", "s": scopes })).await;
        assert_eq!(parameters(&answer, "/url"), consent);
    }
    for none in [json!(null), json!([])] {
        let answer = ada.ask_with(SIGN_IN, json!({ "p": "google", "s": none })).await;
        assert!(parameters(&answer, "/url").is_empty());
    }
    let github = ada.ask_with(SIGN_IN, json!({ "p": "github", "s": ["user:email"] })).await;
    assert!(parameters(&github, "/url").is_empty(), "GitHub asks by itself");
    for microsoft in ["azuread", "entraid"] {
        let link = ada.ask_with(SIGN_IN, json!({ "p": microsoft, "s": ["email"] })).await;
        assert!(parameters(&link, "/url").is_empty(), "{microsoft}: no prompt that could lock out");
    }
    ada.connected(Provider::Google, GrantScript::stable()).await;
    let answer = ada.ask_with(AGAIN, json!({ "p": "google", "s": [CALENDAR] })).await;
    assert_eq!(parameters(&answer, "/c/url"), consent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scope_that_the_app_does_not_ask_for_is_refused_with_where_to_add_it() {
    let world = asking_for_a_calendar().await;
    let ada = world.user("ada@example.com");
    let drive = "https://www.googleapis.com/auth/drive";
    let answer = ada.ask_with(SIGN_IN, json!({ "p": "google", "s": [CALENDAR, drive] })).await;
    assert_eq!(answer.code(), "SCOPE_NOT_CONFIGURED");
    assert_eq!(answer.extension("provider"), "google");
    assert_eq!(answer.extension("scopes"), &json!([drive]));
    assert!(answer.message().contains("PROVIDER_GOOGLE_SCOPES"), "{}", answer.message());
    let twitter = ada.ask_with(SIGN_IN, json!({ "p": "twitter", "s": ["tweet.read"] })).await;
    assert_eq!(twitter.code(), "SCOPE_NOT_CONFIGURED");
    for wrong in [json!(["email profile"]), json!([""]), json!(["a\"b"])] {
        let answer = ada.ask_with(SIGN_IN, json!({ "p": "google", "s": wrong })).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT");
    }
}
