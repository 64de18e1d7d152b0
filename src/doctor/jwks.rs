use super::{
    Finding,
    http::{Http, below},
};
use crate::{auth::Agreement, config::Readable};

const CHECK: &str = "JWKS";

/// Whether the keys that Nhost Auth publishes and the JWT secret belong together.
pub async fn check(settings: &Readable, http: &Http) -> Vec<Finding> {
    let (Some(secrets), Some(base)) = (&settings.jwt_secrets, &settings.nhost_auth_url) else {
        let because = "the JWT secret or NHOST_AUTH_URL is wrong or missing";
        return vec![Finding::not_looked_at(CHECK, because)];
    };
    let url = below(base, &[".well-known", "jwks.json"]);
    let answer = match http.send(http.client.get(url)).await {
        Ok(answer) if answer.status.is_success() => answer.json(),
        Ok(answer) => {
            let because = format!("Nhost Auth returned HTTP {}", answer.status.as_u16());
            return vec![Finding::not_looked_at(CHECK, &because)];
        }
        Err(_) => return vec![Finding::not_looked_at(CHECK, "Nhost Auth can't be reached")],
    };
    // Nhost Auth writes null where its key is shared, and other versions an empty list.
    let is_set = answer.get("keys").is_some_and(|keys| keys.is_array() || keys.is_null());
    if !is_set {
        return vec![Finding::warning(
            CHECK,
            "Nhost Auth's response at .well-known/jwks.json is not a JSON Web Key Set",
            "set NHOST_AUTH_URL to Nhost Auth's base URL, which ends in /v1",
        )];
    }
    vec![match secrets.compare(&answer) {
        Agreement::Agree => {
            Finding::ok(CHECK, "Nhost Auth publishes the public key of the JWT secret")
        }
        Agreement::Shared => Finding::ok(
            CHECK,
            "Nhost Auth publishes no keys, because the JWT secret has a shared key",
        ),
        Agreement::Elsewhere => Finding::ok(CHECK, "the JWT secret takes its keys from a jwk_url"),
        Agreement::NotPublished => Finding::error(
            CHECK,
            "Nhost Auth does not publish the public key of the JWT secret, so it signs with \
             another key",
            "copy the JWT secret from this Nhost project again, and check NHOST_AUTH_URL",
        ),
        Agreement::NotShared => Finding::error(
            CHECK,
            "Nhost Auth signs with published keys, but the JWT secret has a shared key",
            "copy the JWT secret from this Nhost project again, and check NHOST_AUTH_URL",
        ),
    }]
}
