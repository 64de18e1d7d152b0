//! What a browser does at a sign-in.

use std::collections::HashMap;

use reqwest::Url;

use crate::world::{World, location};

/// The page that sign-ins of these tests come back to.
pub const APP: &str = "http://localhost:3000/welcome?tab=2";

/// Opens the beginning of a sign-in, below `/v1`; answers where it sends the browser.
pub async fn open(world: &World, path: &str, more: &[(&str, &str)]) -> String {
    let mut url = Url::parse(&world.url(path)).unwrap();
    url.query_pairs_mut().append_pair("redirectTo", APP).extend_pairs(more);
    let response = world.http.get(url).send().await.unwrap();
    assert_eq!(response.status(), 302);
    location(&response).to_owned()
}

/// Asks to sign in; answers the address of the consent page.
pub async fn ask(world: &World, provider: &str, more: &[(&str, &str)]) -> String {
    open(world, &format!("/v1/signin/provider/{provider}"), more).await
}

/// Decides on the consent page; answers Nhost Auth's callback.
pub async fn answer(world: &World, consent: &str, account: &str, decision: &str) -> String {
    let page = world.http.get(consent).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Allow") && page.contains("Deny"));
    let consent = Url::parse(consent).unwrap();
    let state = consent.query_pairs().find(|(name, _)| name == "state").unwrap().1;
    let form = Url::parse_with_params(
        "x:/",
        [
            ("state", &*state),
            ("account", account),
            ("decision", decision),
            ("behaviour", "rotating"),
        ],
    )
    .unwrap();
    let post = world.http.post(consent.as_str()).body(form.query().unwrap().to_owned());
    location(&post.send().await.unwrap()).to_owned()
}

/// Decides on the consent page; answers where the browser ends up.
pub async fn decide(world: &World, consent: &str, account: &str, decision: &str) -> Url {
    let callback = answer(world, consent, account, decision).await;
    let response = world.http.get(callback).send().await.unwrap();
    assert_eq!(response.status(), 302);
    location(&response).parse().unwrap()
}

/// The parameters of an address.
pub fn query(url: &Url) -> HashMap<String, String> {
    url.query_pairs().into_owned().collect()
}
