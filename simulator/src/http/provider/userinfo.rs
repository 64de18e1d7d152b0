//! A stand-in for the providers' APIs: whether they accept the access token, and whose it is.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{Unreachable, client, reachable};
use crate::{
    Provider, Simulator,
    account::{account_id, account_number},
};

/// The account of the token, by the name that tests use: not every provider returns an email
/// address.
const ACCOUNT: &str = "simulator-account";

/// `GET /providers/{provider}/userinfo`
pub(crate) async fn userinfo(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Unreachable> {
    let provider = reachable(&simulator, &id)?;
    let now = simulator.now();
    let mut state = simulator.state();
    let grant = client::bearer(&headers).and_then(|token| {
        state.grant_by_token(provider, token).filter(|grant| grant.opens(token, now))
    });
    Ok(if let Some(grant) = grant {
        let mut body = body(provider, &grant.account, headers.contains_key("client-id"));
        if body.get("scopes").is_some() {
            body["scopes"] = grant.scopes.about_token(provider)["scopes"].clone();
        }
        let body = Json(body);
        let account = [(ACCOUNT, grant.account.clone())];
        match grant.scopes.in_header(provider) {
            Some(scopes) => (account, [("x-oauth-scopes", scopes)], body).into_response(),
            None => (account, body).into_response(),
        }
    } else {
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")];
        let body = Json(json!({ "error": "invalid_token" }));
        (StatusCode::UNAUTHORIZED, challenge, body).into_response()
    })
}

/// The fields that the provider documents, in its own shape. The account `ada@example.com` is Ada
/// with the login `ada`.
fn body(provider: Provider, account: &str, with_client_id: bool) -> Value {
    let id = account_id(provider, account);
    let number = account_number(account);
    let login = account.split('@').next().unwrap_or_default().to_owned();
    let name = capitalized(&login);
    let avatar = format!("https://avatars.example.com/{login}.png");
    let page = format!("https://{provider}.example.com/{login}");
    match provider {
        // The v1 endpoint: `sub` is the user's in this app, and `oid` the tenant's user.
        Provider::Azuread => json!({
            "oid": id, "sub": format!("pairwise|{id}"), "email": account, "name": name,
            "upn": login, "ver": "1.0",
        }),
        Provider::Bitbucket => json!({
            "type": "user", "uuid": id, "username": login, "display_name": name,
            "nickname": login,
            "links": { "avatar": { "href": avatar }, "html": { "href": page } },
        }),
        Provider::Discord => json!({
            "id": id, "username": login, "global_name": name,
            "avatar": "8342729096ea3675442027381ff50dfe", "verified": true, "email": account,
        }),
        Provider::Facebook => json!({
            "id": id, "name": name, "email": account,
            "picture": { "data": { "height": 50, "is_silhouette": false, "url": avatar } },
        }),
        Provider::Github => json!({
            "login": login, "id": number, "avatar_url": avatar, "html_url": page, "type": "User",
            "name": name, "email": account,
        }),
        Provider::Gitlab => json!({
            "id": number, "username": login, "email": account, "name": name, "state": "active",
            "avatar_url": avatar, "web_url": page,
        }),
        Provider::Spotify => json!({
            "display_name": name, "email": account, "external_urls": { "spotify": page },
            "id": id, "images": [{ "url": avatar, "height": 300, "width": 300 }],
            "type": "user",
        }),
        Provider::Strava => json!({
            "id": number, "username": login, "firstname": name, "lastname": "Example",
            "profile": avatar,
        }),
        // A call with a client id is for `helix/users`, and one without for `oauth2/validate`.
        Provider::Twitch if with_client_id => json!({ "data": [{
            "id": id, "login": login, "display_name": name, "email": account,
            "profile_image_url": avatar,
        }] }),
        Provider::Twitch => json!({
            "client_id": "simulator-client", "login": login, "scopes": ["user:read:email"],
            "user_id": id, "expires_in": 5_520_838,
        }),
        Provider::Workos => json!({
            "object": "profile", "id": id, "email": account, "first_name": name,
            "last_name": "Example", "raw_attributes": {},
        }),
        // OpenID Connect, even for those that have no such endpoint.
        _ => json!({
            "sub": id, "email": account, "email_verified": true, "name": name, "picture": avatar,
        }),
    }
}

fn capitalized(login: &str) -> String {
    let mut letters = login.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}
