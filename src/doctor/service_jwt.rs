use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::{Finding, Patient};
use crate::{
    auth::JwtVerifier,
    upstream::{MintedJwtVerdict, MintedJwts, NhostAuth, UpstreamError},
};

const CHECK: &str = "service JWT";

/// What this server calls Nhost Auth with while no user is there.
pub async fn check(patient: &Patient, verifier: Option<&JwtVerifier>) -> Vec<Finding> {
    let settings = &patient.settings;
    let (Some(base), Some(refresh)) = (&settings.nhost_auth_url, &settings.refresh) else {
        let because = "NHOST_AUTH_URL or the settings for refreshing have mistakes";
        return vec![Finding::not_looked_at(CHECK, because)];
    };
    let public = settings.nhost_auth_public_url.clone().unwrap_or_else(|| base.clone());
    let Ok(nhost_auth) = NhostAuth::new(base.clone(), public, patient.clock.clone()) else {
        return vec![Finding::not_looked_at(CHECK, "the TLS roots can't be read")];
    };
    let mut found = Vec::new();
    if let Some(pat) = &refresh.service_pat {
        // First: the JWT that it brings shows the project's issuer.
        found.extend(signs_in(&nhost_auth, pat, verifier).await);
    }
    match &settings.jwt_secrets {
        Some(secrets) if secrets.can_mint() => {
            let minted = MintedJwts::new(Arc::new(secrets.clone()), patient.clock.clone());
            found.push(are_taken(&minted, &nhost_auth).await);
        }
        None => {
            found.push(Finding::not_looked_at(CHECK, "the JWT secret is wrong or missing"));
        }
        Some(_) if refresh.service_pat.is_none() => found.push(Finding::warning(
            CHECK,
            "this server has none, so tokens are refreshed through Nhost Auth only when someone \
             reads them",
            "to refresh them before they expire, set NHOST_SERVICE_PAT, or PROVIDER_<ID>_CLIENT_ID \
             and _CLIENT_SECRET",
        )),
        Some(_) => {}
    }
    if refresh.pacing.concurrency == 0 {
        found.push(Finding::ok(
            CHECK,
            "REFRESH_CONCURRENCY is 0, so this server refreshes tokens only when someone reads \
             them",
        ));
    }
    found
}

/// A personal access token brings a JWT, and that one is good here.
async fn signs_in(
    nhost_auth: &NhostAuth,
    pat: &SecretString,
    verifier: Option<&JwtVerifier>,
) -> Vec<Finding> {
    let signed_in = nhost_auth.sign_in_pat(pat).await;
    let (jwt, lifetime) = match signed_in {
        Ok(signed_in) => signed_in,
        Err(error) => return vec![of_sign_in(&error)],
    };
    let lifetime = super::clock_skew::spell(lifetime.num_seconds());
    let message = format!("NHOST_SERVICE_PAT can sign in; its JWTs are valid for {lifetime}");
    let mut found = vec![Finding::ok(CHECK, message)];
    if let Some(verifier) = verifier
        && let Err(error) = verifier.verify_token(jwt.expose_secret()).await
    {
        found.push(Finding::error(
            CHECK,
            format!("this server refuses a JWT that Nhost Auth has just signed: {error}"),
            "copy the JWT secret from this Nhost project again, and check NHOST_AUTH_URL",
        ));
    }
    found
}

fn of_sign_in(error: &UpstreamError) -> Finding {
    match error {
        UpstreamError::Unauthenticated | UpstreamError::Forbidden | UpstreamError::NotEnabled => {
            Finding::error(
                CHECK,
                "NHOST_SERVICE_PAT can't sign in to Nhost Auth",
                "check that the personal access token has not expired and that its user is not \
                 disabled; create a new one as a signed-in user (POST /pat)",
            )
        }
        other => Finding::error(
            CHECK,
            format!("NHOST_SERVICE_PAT could not be tested: {}", other.evidence()),
            "fix Nhost Auth first, then run doctor again",
        ),
    }
}

/// Which issuer Nhost Auth takes in the JWTs that this server signs. Nothing is changed by asking.
async fn are_taken(minted: &MintedJwts, nhost_auth: &NhostAuth) -> Finding {
    match minted.ask(nhost_auth).await {
        Ok(MintedJwtVerdict::Taken(issuer)) => Finding::ok(
            CHECK,
            format!("Nhost Auth accepts JWTs that this server signs, with the issuer {issuer:?}"),
        ),
        Ok(MintedJwtVerdict::Refused(tried)) => Finding::error(
            CHECK,
            format!(
                "Nhost Auth refuses JWTs that this server signs, with any of the issuers {}",
                tried.join(", ")
            ),
            "set issuer in the JWT secret to the iss of the project's own JWTs. If it is one of \
             these, copy the JWT secret from this Nhost project again, and check NHOST_AUTH_URL \
             and the clocks",
        ),
        Ok(MintedJwtVerdict::NoEndpoint) => Finding::error(
            CHECK,
            "Nhost Auth has no endpoint that refreshes provider tokens",
            "update Nhost Auth to 0.43 or later, and check that NHOST_AUTH_URL ends in /v1",
        ),
        Ok(MintedJwtVerdict::Unknown) => Finding::error(
            CHECK,
            "the JWT secret has a signing key, but signing with it fails",
            "copy the JWT secret from this Nhost project again",
        ),
        Err(UpstreamError::RateLimited { .. }) => {
            Finding::not_looked_at(CHECK, "Nhost Auth limits the rate of calls")
        }
        Err(error) => {
            let because = error.evidence().replacen("it ", "Nhost Auth ", 1);
            Finding::not_looked_at(CHECK, &because)
        }
    }
}
