use super::{
    Finding, Patient, clock_skew,
    http::{Http, shown},
};
use crate::auth::{Described, JwksState, JwtVerifier};

const CHECK: &str = "JWT secret";

/// What JWTs are verified with, and whether published keys can be fetched.
pub async fn check(patient: &Patient, verifier: Option<&JwtVerifier>, http: &Http) -> Vec<Finding> {
    let (Some(secrets), Some(verifier)) = (&patient.settings.jwt_secrets, verifier) else {
        return vec![Finding::not_looked_at(CHECK, "it is wrong or missing")];
    };
    let described = secrets.describe();
    let mut found: Vec<_> =
        described.iter().map(|secret| Finding::ok(CHECK, spell(secret))).collect();
    let states = verifier.fetch_keys().await;
    let urls = described.iter().filter_map(|secret| secret.jwk_url.as_ref());
    for (state, url) in states.iter().zip(urls) {
        found.push(of_keys(state, patient));
        if state.failure.is_none()
            && let Ok(answer) = http.send(http.client.get(url.clone())).await
        {
            found.extend(clock_skew::check(&answer, &shown(url)));
        }
    }
    found.push(if secrets.can_mint() {
        Finding::ok(CHECK, "this server can sign JWTs for Nhost Auth")
    } else {
        Finding::warning(
            CHECK,
            "this server can't sign JWTs with it, so services can act for a user only if they \
             forward the user's Authorization header",
            "add the signing_key if Nhost shows it to you; otherwise have Hasura forward client \
             headers, and set NHOST_SERVICE_PAT",
        )
    });
    found
}

fn spell(secret: &Described) -> String {
    let keys = match (&secret.jwk_url, secret.is_shared) {
        (Some(url), _) => format!("keys from {}", shown(url)),
        (None, true) => "a shared key".to_owned(),
        (None, false) => "a public key".to_owned(),
    };
    let mut parts = vec![keys];
    if !secret.algorithms.is_empty() {
        parts.insert(0, secret.algorithms.join(", "));
    }
    if let Some(issuer) = &secret.issuer {
        parts.push(format!("issuer {issuer:?}"));
    }
    if let Some(audience) = &secret.audience {
        parts.push(format!("audience {audience:?}"));
    }
    if secret.allowed_skew > 0 {
        parts.push(format!("{} s of leeway", secret.allowed_skew));
    }
    parts.push(format!("tokens in {}", secret.location));
    parts.push(format!("Hasura claims in {}", secret.claims_at));
    parts.join(", ")
}

fn of_keys(state: &JwksState, patient: &Patient) -> Finding {
    let JwksState { url, keys, refresh_at, failure, .. } = state;
    if let Some(failure) = failure {
        return Finding::error(
            CHECK,
            format!("the keys at {url} can't be fetched: {failure}"),
            "check jwk_url in the JWT secret, and that this machine can reach it: until then no \
             JWT can be verified",
        );
    }
    let next = refresh_at.map_or_else(
        || "when a token has an unknown key".to_owned(),
        |at| format!("in {}", clock_skew::spell((at - patient.clock.now()).num_seconds())),
    );
    Finding::ok(CHECK, format!("fetched {keys} keys from {url}; next fetch {next}"))
}
