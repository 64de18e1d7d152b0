use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use url::Url;
use uuid::Uuid;

use super::{
    Finding, Patient,
    http::{Http, below},
};
use crate::{
    auth::JwtVerifier,
    upstream::{NhostAuth, UpstreamError},
};

const CHECK: &str = "service JWT";

/// What this server calls Nhost Auth with while no user is there.
pub async fn check(patient: &Patient, verifier: Option<&JwtVerifier>, http: &Http) -> Vec<Finding> {
    let settings = &patient.settings;
    let (Some(base), Some(refresh)) = (&settings.nhost_auth_url, &settings.refresh) else {
        let because = "NHOST_AUTH_URL or the settings of refreshing have a mistake";
        return vec![Finding::not_looked_at(CHECK, because)];
    };
    let mut found = Vec::new();
    if let Some(pat) = &refresh.service_pat {
        found.extend(signs_in(patient, base, pat, verifier).await);
    }
    let minted = settings
        .jwt_secrets
        .as_ref()
        .and_then(|secrets| secrets.mint(Uuid::nil(), patient.clock.now(), TimeDelta::seconds(60)));
    match minted {
        Some(jwt) => found.push(is_accepted(base, &jwt, http).await),
        None if settings.jwt_secrets.is_none() => {
            found
                .push(Finding::not_looked_at(CHECK, "the JWT secret has a mistake, or is missing"));
        }
        None if refresh.service_pat.is_none() => found.push(Finding::warning(
            CHECK,
            "there is none: tokens are refreshed through Nhost Auth only when somebody reads them",
            "set NHOST_SERVICE_PAT, or PROVIDER_<ID>_CLIENT_ID and _CLIENT_SECRET, to have them \
             refreshed before they expire",
        )),
        None => {}
    }
    if refresh.pacing.concurrency == 0 {
        found.push(Finding::ok(
            CHECK,
            "REFRESH_CONCURRENCY is 0: this server refreshes only when somebody reads",
        ));
    }
    found
}

/// A personal access token brings a JWT, and that one is good here.
async fn signs_in(
    patient: &Patient,
    base: &Url,
    pat: &SecretString,
    verifier: Option<&JwtVerifier>,
) -> Vec<Finding> {
    let nhost_auth = NhostAuth::new(base.clone(), base.clone(), patient.clock.clone());
    let signed_in = match nhost_auth {
        Ok(nhost_auth) => nhost_auth.sign_in_pat(pat).await,
        Err(_) => return vec![Finding::not_looked_at(CHECK, "the TLS roots can't be read")],
    };
    let (jwt, lifetime) = match signed_in {
        Ok(signed_in) => signed_in,
        Err(error) => return vec![of_sign_in(&error)],
    };
    let lifetime = super::clock_skew::spell(lifetime.num_seconds());
    let message = format!("NHOST_SERVICE_PAT signs in; its JWTs live for {lifetime}");
    let mut found = vec![Finding::ok(CHECK, message)];
    if let Some(verifier) = verifier
        && let Err(error) = verifier.verify_token(jwt.expose_secret()).await
    {
        found.push(Finding::error(
            CHECK,
            format!("a JWT that Nhost Auth has just signed is refused here: {error}"),
            "copy the JWT secret of this Nhost project anew, and check NHOST_AUTH_URL",
        ));
    }
    found
}

fn of_sign_in(error: &UpstreamError) -> Finding {
    match error {
        UpstreamError::Unauthenticated | UpstreamError::Forbidden | UpstreamError::NotEnabled => {
            Finding::error(
                CHECK,
                "Nhost Auth does not let NHOST_SERVICE_PAT sign in",
                "check that the personal access token has not expired and that its user is not \
                 disabled; make a new one as a user who is signed in (POST /pat)",
            )
        }
        other => Finding::error(
            CHECK,
            format!("NHOST_SERVICE_PAT could not be tried: {}", other.evidence()),
            "see to Nhost Auth first, then run doctor again",
        ),
    }
}

/// Asks for a refresh without a refresh token. Nhost Auth checks the JWT before it looks at the
/// body, and a body that does not fit is as far as it gets: nothing is called, nothing changes.
async fn is_accepted(base: &Url, jwt: &SecretString, http: &Http) -> Finding {
    let url = below(base, &["token", "provider", "google"]);
    let request = http.client.post(url).bearer_auth(jwt.expose_secret()).json(&json!({}));
    let Ok(answer) = http.send(request).await else {
        return Finding::not_looked_at(CHECK, "Nhost Auth can't be reached");
    };
    match answer.status.as_u16() {
        400 | 409 => Finding::ok(CHECK, "Nhost Auth takes the JWTs that this server signs"),
        401 | 403 => Finding::error(
            CHECK,
            "Nhost Auth refuses the JWTs that this server signs",
            "copy the JWT secret of this Nhost project anew, and check NHOST_AUTH_URL and the \
             clocks",
        ),
        404 => Finding::error(
            CHECK,
            "Nhost Auth has no endpoint that refreshes provider tokens",
            "update Nhost Auth to 0.43 or later, and check that NHOST_AUTH_URL ends in /v1",
        ),
        429 => Finding::not_looked_at(CHECK, "Nhost Auth limits the rate of calls"),
        status => Finding::warning(
            CHECK,
            format!("Nhost Auth answers HTTP {status} to a JWT that this server signed"),
            "look at Nhost Auth's log",
        ),
    }
}
