use super::{
    Finding,
    http::{Http, below},
};
use crate::{auth::Agreement, config::Readable};

const CHECK: &str = "JWKS";

/// Whether the keys that Nhost Auth publishes and the JWT secret belong together.
pub async fn check(settings: &Readable, http: &Http) -> Vec<Finding> {
    let (Some(secrets), Some(base)) = (&settings.jwt_secrets, &settings.nhost_auth_url) else {
        let because = "the JWT secret or NHOST_AUTH_URL has a mistake";
        return vec![Finding::not_looked_at(CHECK, because)];
    };
    let url = below(base, &[".well-known", "jwks.json"]);
    let answer = match http.send(http.client.get(url)).await {
        Ok(answer) if answer.status.is_success() => answer.json(),
        Ok(answer) => {
            let because = format!("Nhost Auth answered HTTP {}", answer.status.as_u16());
            return vec![Finding::not_looked_at(CHECK, &because)];
        }
        Err(_) => return vec![Finding::not_looked_at(CHECK, "Nhost Auth can't be reached")],
    };
    // Nhost Auth writes null where its key is shared, and other versions an empty list.
    let is_set = answer.get("keys").is_some_and(|keys| keys.is_array() || keys.is_null());
    if !is_set {
        return vec![Finding::warning(
            CHECK,
            "what Nhost Auth answers at .well-known/jwks.json is not a JSON Web Key Set",
            "check that NHOST_AUTH_URL is Nhost Auth's base URL, which ends in /v1",
        )];
    }
    vec![match secrets.compare(&answer) {
        Agreement::Agree => {
            Finding::ok(CHECK, "Nhost Auth publishes the public key of the JWT secret")
        }
        Agreement::Shared => {
            Finding::ok(CHECK, "Nhost Auth publishes no keys, as the JWT secret's key is shared")
        }
        Agreement::Elsewhere => Finding::ok(CHECK, "the JWT secret takes its keys from a jwk_url"),
        Agreement::NotPublished => Finding::error(
            CHECK,
            "Nhost Auth does not publish the public key of the JWT secret: it signs with another",
            "copy the JWT secret of this Nhost project anew, and check NHOST_AUTH_URL",
        ),
        Agreement::NotShared => Finding::error(
            CHECK,
            "Nhost Auth signs with keys that it publishes, and the JWT secret has a shared one",
            "copy the JWT secret of this Nhost project anew, and check NHOST_AUTH_URL",
        ),
    }]
}
