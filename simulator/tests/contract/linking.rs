//! Linking by `POST /link/provider/{provider}`: to the user of the browser that asked, and to nobody else.

use chrono::Duration;
use nhost_auth_simulator::{JwtOptions, LinkEndpoint, Options};
use reqwest::{Response, Url, header};
use serde_json::{Value, json};

use crate::{
    browser::{APP, answer, query},
    world::{World, location},
};

async fn with(link_endpoint: LinkEndpoint) -> World {
    World::with(Options { link_endpoint, ..Options::default() }).await
}

async fn start(world: &World, provider: &str, jwt: &str) -> Response {
    let url = world.url(&format!("/v1/link/provider/{provider}"));
    let body = json!({ "redirectTo": APP, "state": "mine" });
    world.http.post(url).bearer_auth(jwt).json(&body).send().await.unwrap()
}

/// The address of the consent page, and the cookie.
async fn started(world: &World, provider: &str, jwt: &str) -> (String, String) {
    let response = start(world, provider, jwt).await;
    assert_eq!(response.status(), 200);
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    let body: Value = response.json().await.unwrap();
    (body["url"].as_str().unwrap().to_owned(), cookie)
}

/// Consents as somebody whose browser has this cookie, if any.
async fn consent(world: &World, url: &str, account: &str, cookie: Option<&str>) -> (Url, Response) {
    let callback = answer(world, url, account, "allow").await;
    let mut request = world.http.get(callback);
    if let Some(cookie) = cookie {
        let pair = cookie.split(';').next().unwrap().to_owned();
        request = request.header(header::COOKIE, format!("theme=dark; {pair}"));
    }
    let response = request.send().await.unwrap();
    (location(&response).parse().unwrap(), response)
}

#[tokio::test]
async fn the_browser_that_asked_links_and_the_cookie_is_used_up() {
    let world = with(LinkEndpoint::Open).await;
    let ada = world.running.add_user("ada@example.com");
    let jwt = world.running.jwt(ada);
    let (url, cookie) = started(&world, "spotify", &jwt).await;
    assert!(!url.contains(&jwt), "the user is in no address");
    for attribute in ["nhost-link-connect=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=300"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let (end, response) = consent(&world, &url, "countess@example.com", Some(&cookie)).await;
    assert!(end.as_str().starts_with(APP), "{end}");
    let end = query(&end);
    assert_eq!(end["state"], "mine");
    assert!(!end.contains_key("error") && !end.contains_key("refreshToken"));
    let left = response.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(left.starts_with("nhost-link-connect=;") && left.contains("Max-Age=0"));
    assert_eq!(world.fetch("spotify", &jwt).await.body["expiresIn"], 3600);
}

#[tokio::test]
async fn another_browser_links_nothing() {
    let world = with(LinkEndpoint::Open).await;
    let mallory = world.running.add_user("mallory@example.com");
    let jwt = world.running.jwt(mallory);
    let (url, _) = started(&world, "spotify", &jwt).await;
    // The victim's browser, without a cookie and with that of a sign-in of their own.
    let ada = world.running.add_user("ada@example.com");
    let (_, own) = started(&world, "spotify", &world.running.jwt(ada)).await;
    for cookie in [None, Some(own.as_str())] {
        let (end, _) = consent(&world, &url, "ada@example.com", cookie).await;
        assert_eq!(query(&end)["error"], "invalid-request");
    }
    assert_eq!(world.fetch("spotify", &jwt).await.body["accessToken"], "");
}

#[tokio::test]
async fn the_cookie_is_of_one_provider_and_of_five_minutes_and_no_sessions_jwt() {
    let world = with(LinkEndpoint::Open).await;
    let ada = world.running.add_user("ada@example.com");
    let jwt = world.running.jwt(ada);
    let (url, _) = started(&world, "spotify", &jwt).await;
    let (_, of_google) = started(&world, "google", &jwt).await;
    let session = format!("nhost-link-connect={jwt}");
    for cookie in [of_google, session] {
        let (end, _) = consent(&world, &url, "ada@example.com", Some(&cookie)).await;
        assert_eq!(query(&end)["error"], "invalid-request");
    }
    let (_, cookie) = started(&world, "spotify", &jwt).await;
    world.running.advance(Duration::minutes(5));
    let (url, _) = started(&world, "spotify", &world.running.jwt(ada)).await;
    let (end, _) = consent(&world, &url, "ada@example.com", Some(&cookie)).await;
    assert_eq!(query(&end)["error"], "invalid-request");
}

#[tokio::test]
async fn it_takes_a_step_up_where_that_is_asked_for_and_is_missing_in_older_versions() {
    let world = with(LinkEndpoint::Elevated).await;
    let ada = world.running.add_user("ada@example.com");
    let plain = start(&world, "spotify", &world.running.jwt(ada)).await;
    assert_eq!(plain.status(), 403);
    let body: Value = plain.json().await.unwrap();
    assert_eq!(body, json!({ "error": "Elevated claim required" }));
    let claims = json!({ "x-hasura-auth-elevated": ada });
    let extra_claims = claims.as_object().unwrap().clone();
    let elevated =
        world.running.jwt_with(ada, JwtOptions { extra_claims, ..JwtOptions::default() });
    assert_eq!(start(&world, "spotify", &elevated).await.status(), 200);
    assert_eq!(start(&world, "spotify", "no JWT").await.status(), 401);

    let older = World::new().await;
    assert_eq!(start(&older, "spotify", &elevated).await.status(), 404);
}
