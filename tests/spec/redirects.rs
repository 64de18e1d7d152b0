//! Where a sign-in may come back to.

use nhost_auth_simulator::{GrantScript, Provider, Signing};
use provider_connections::connections::RedirectTarget;
use serde_json::json;

use crate::harness::{Database, World, on_both_databases};

const SIGN_IN: &str =
    "query($to: String) { url: providerSignInUrl(provider: google, redirectTo: $to) }";
const AGAIN: &str = "query($to: String) { url: providerConnection(provider: google) { \
                     reauthenticationUrl(redirectTo: $to) } }";

on_both_databases! {
    async fn a_sign_in_is_found_before_there_is_a_connection_or_a_jwt(world: World) {
        let to = "https://app.example.com/connected?provider=google";
        for jwt in [None, Some(world.user("ada@example.com").jwt)] {
            let headers: Vec<_> = jwt.iter().map(|jwt| ("authorization", format!("Bearer {jwt}"))).collect();
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let answer = world.server.ask(&headers, SIGN_IN, json!({ "to": to })).await;
            let url = url::Url::parse(answer.text("/url")).unwrap();
            assert_eq!(url.path(), "/v1/signin/provider/google");
            assert_eq!(url.query_pairs().collect::<Vec<_>>(), [("redirectTo".into(), to.into())]);
            let page = reqwest::get(url).await.unwrap();
            assert!(page.text().await.unwrap().contains("Allow"));
        }
    }
}

/// Google hands out a refresh token only to whoever asks for offline access.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_sign_in_asks_the_provider_for_what_the_settings_say() {
    let world = World::on_with(Database::sqlite(), Signing::hs256(), |config| {
        let params = r#"{"google":{"access_type":"offline","prompt":"consent"}}"#;
        config.sign_in.params = params.parse().unwrap();
    })
    .await;
    let ada = world.user("ada@example.com");
    ada.connected(Provider::Google, GrantScript::stable()).await;
    let mut urls = vec![
        ada.ask_with(SIGN_IN, json!({})).await.text("/url").to_owned(),
        ada.ask_with(AGAIN, json!({})).await.text("/url/reauthenticationUrl").to_owned(),
    ];
    ada.ask("mutation { disconnectProvider(provider: google) { id } }").await.data("");
    let not_connected = ada.refresh(Provider::Google).await;
    urls.push(not_connected.extension("reauthenticationUrl").as_str().unwrap().to_owned());
    for url in urls {
        let url = url::Url::parse(&url).unwrap();
        assert_eq!(
            url.query_pairs().collect::<Vec<_>>(),
            [
                ("upstreamParams[access_type]".into(), "offline".into()),
                ("upstreamParams[prompt]".into(), "consent".into())
            ]
        );
    }
    let other = ada.refresh(Provider::Github).await;
    assert_eq!(other.extension("reauthenticationUrl").as_str().unwrap().find('?'), None);
}

/// Nhost Auth sends its refresh token along: a foreign page that gets it is the user.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_address_is_refused_wherever_a_sign_in_begins() {
    let world = World::on_with(Database::sqlite(), Signing::hs256(), |config| {
        let allowed = ["https://app.example.com/account", "myapp://back"];
        config.sign_in.redirect_targets =
            allowed.iter().map(|entry| entry.parse::<RedirectTarget>().unwrap()).collect();
    })
    .await;
    let ada = world.user("ada@example.com");
    ada.connected(Provider::Google, GrantScript::stable()).await;
    for query in [SIGN_IN, AGAIN] {
        for to in ["https://app.example.com/account/connected", "myapp://back?x=1"] {
            ada.ask_with(query, json!({ "to": to })).await.data("/url");
        }
        for to in [
            "https://evil.example/account",
            "https://app.example.com@evil.example/account",
            "https://app.example.com.evil.example/account",
            "https://app.example.com/accounts",
            "https://app.example.com/account/../other",
            "//evil.example/account",
            "otherapp://back",
        ] {
            let answer = ada.ask_with(query, json!({ "to": to })).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{query} {to}");
            assert!(!answer.0.to_string().contains("signin/provider"), "{query} {to}");
        }
    }
}
