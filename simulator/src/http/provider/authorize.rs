//! The provider's consent page.

use axum::{
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use serde::Deserialize;

use crate::{
    GrantScript, Provider, Simulator,
    http::{form, nhost::redirect::redirect},
    state::Consent,
};

#[derive(Deserialize)]
pub(crate) struct Parameters {
    state: String,
}

/// `GET /providers/{provider}/authorize`: who are you, and may the app?
pub(crate) async fn page(
    Path(id): Path<String>,
    Query(parameters): Query<Parameters>,
) -> Result<Html<String>, StatusCode> {
    let provider: Provider = id.parse().map_err(|_| StatusCode::NOT_FOUND)?;
    let options =
        BEHAVIOURS.map(|(name, text)| format!("<option value=\"{name}\">{text}</option>")).concat();
    let page = include_str!("consent.html")
        .replace("{provider}", provider.as_str())
        .replace("{state}", &escaped(&parameters.state))
        .replace("{options}", &options);
    Ok(Html(page))
}

/// `POST /providers/{provider}/authorize`: back to Nhost Auth with a code, or with a refusal.
pub(crate) async fn decide(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    let Ok(provider) = id.parse::<Provider>() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let form = form::parse(&body);
    let field = |name: &str| form.get(name).map_or("", String::as_str);
    let state = field("state");
    let query = if field("decision") == "allow" {
        let account = match field("account").trim() {
            "" => "ada@example.com".to_owned(),
            account => account.to_lowercase(),
        };
        let code = simulator.state().issue_code(Consent {
            provider,
            account,
            script: script(provider, field("behaviour")),
        });
        form::write([("code", code.as_str()), ("state", state)])
    } else {
        form::write([
            ("error", "access_denied"),
            ("error_description", "The user denied access."),
            ("state", state),
        ])
    };
    redirect(&simulator.absolute(&format!("/v1/signin/provider/{provider}/callback?{query}")))
}

/// The options of the select; the first is preselected.
const BEHAVIOURS: [(&str, &str); 9] = [
    ("usual", "as this provider really does"),
    ("short", "access token for one minute, stable refresh token"),
    ("stable", "access token for an hour, stable refresh token"),
    ("rotating", "refresh token rotates"),
    ("single_use", "refresh token rotates; reuse ends the grant"),
    ("grace", "refresh token rotates; the old one stays good for a minute"),
    ("no_refresh_token", "no refresh token"),
    ("never_expires", "never expires, no refresh token"),
    ("oauth1", "OAuth 1: no expiry, no refresh token"),
];

fn script(provider: Provider, behaviour: &str) -> GrantScript {
    match behaviour {
        "short" => GrantScript::stable().lifetime(60),
        "stable" => GrantScript::stable(),
        "rotating" => GrantScript::rotating(),
        "single_use" => GrantScript::rotating_single_use(),
        "grace" => GrantScript::rotating_with_grace(chrono::Duration::minutes(1)),
        "no_refresh_token" => GrantScript::no_refresh_token(),
        "never_expires" => GrantScript::never_expires(),
        "oauth1" => GrantScript::oauth1(),
        _ => provider.usual_script(),
    }
}

/// Safe between tags and in double quotes.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
