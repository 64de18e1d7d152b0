use secrecy::ExposeSecret;

use super::{Finding, Patient, clock_skew::spell, token_facts::TokenFacts};
use crate::auth::{AuthError, Claims, JwtVerifier, Reason};

const CHECK: &str = "JWT";

/// Whether a pasted JWT verifies, for whom and until when; or why not.
pub async fn check(patient: &Patient, verifier: Option<&JwtVerifier>) -> Vec<Finding> {
    let Some(pasted) = &patient.jwt else { return Vec::new() };
    let (Some(secrets), Some(verifier)) = (&patient.settings.jwt_secrets, verifier) else {
        return vec![Finding::not_looked_at(CHECK, "the JWT secret is wrong or missing")];
    };
    let token = pasted.expose_secret().trim();
    // As it stands in a header.
    let token = token.strip_prefix("Bearer ").unwrap_or(token).trim();
    let facts = TokenFacts::read(token);
    let outcome = verifier.verify_token(token).await;
    let Some(facts) = facts else {
        return vec![no_jwt(token)];
    };
    vec![match outcome {
        Ok(claims) => good(&claims, &facts, patient),
        Err(error) => {
            let now = patient.clock.now();
            let mut advice = facts.differences(&secrets.describe(), now);
            if advice.is_empty() {
                advice.push(more(error, &secrets.describe()));
            }
            let (wrong, _) = split(error.message);
            let message = format!("{wrong}. The token claims: {}", facts.spell(now));
            Finding::error(CHECK, message, advice.join("; "))
        }
    }]
}

fn good(claims: &Claims, facts: &TokenFacts, patient: &Patient) -> Finding {
    let until = facts.expiry().map_or_else(String::new, |at| {
        let left = spell((at - patient.clock.now()).num_seconds());
        format!(", until {} (for {left})", at.format("%Y-%m-%dT%H:%M:%SZ"))
    });
    let message = format!(
        "it is valid: user {}, default role {:?}{until}",
        claims.user_id(),
        claims.default_role()
    );
    if claims.is_anonymous() {
        return Finding::warning(
            CHECK,
            format!("{message}; the user is anonymous"),
            "anonymous users can't have connections: have the user sign in with a provider",
        );
    }
    Finding::ok(CHECK, message)
}

fn no_jwt(token: &str) -> Finding {
    let parts = token.split('.').count();
    let message = match parts {
        3 => "it is not a JWT: its header or payload is not JSON".to_owned(),
        5 => "it is an encrypted JWT, which Nhost Auth doesn't issue".to_owned(),
        _ => format!("it is not a JWT: it has {parts} parts between dots instead of three"),
    };
    Finding::error(
        CHECK,
        message,
        "paste the complete accessToken of a session, not its refreshToken or a provider's token",
    )
}

/// Where no difference was found, only the error itself tells what to do.
fn more(error: AuthError, secrets: &[crate::auth::Described]) -> String {
    let (_, advice) = split(error.message);
    if error.reason == Reason::KeysUnavailable {
        return "fix the keys of the JWT secret first, then run doctor again".to_owned();
    }
    let mut places: Vec<_> = secrets.iter().map(|secret| secret.claims_at.as_str()).collect();
    places.dedup();
    if error.message.contains("laim") {
        format!("{advice} (this server looks for Hasura claims in {})", places.join(" and in "))
    } else {
        advice.to_owned()
    }
}

/// What is wrong, and what to do: behind the last colon.
fn split(message: &str) -> (&str, &str) {
    message.rsplit_once(": ").unwrap_or((message, message))
}
