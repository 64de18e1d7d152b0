mod event_trigger;
mod remote_schema;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::Url;

use super::{
    Finding, Patient,
    http::{Answer, Http, below, shown},
};

const CHECK: &str = "Hasura";

/// Where Hasura is, and what it takes to ask it.
pub struct Hasura {
    pub endpoint: Url,
    pub admin_secret: Option<SecretString>,
}

/// Whether Hasura has merged this server, as it should.
pub async fn check(patient: &Patient, http: &Http) -> Vec<Finding> {
    let Some(hasura) = &patient.hasura else {
        let message = "not checked, because HASURA_GRAPHQL_ENDPOINT is not set";
        return vec![Finding::ok(CHECK, message).and_advice(
            "if Hasura merges this server, set HASURA_GRAPHQL_ENDPOINT and \
             HASURA_GRAPHQL_ADMIN_SECRET",
        )];
    };
    let at = shown(&hasura.endpoint);
    let exported = hasura.ask(http, "export_metadata", json!({}), 2).await;
    let metadata = match exported {
        Ok(answer) if answer.status.is_success() => answer.json(),
        Ok(answer) => return vec![refused(&at, &answer, hasura.admin_secret.is_some())],
        Err(why) => {
            return vec![Finding::error(
                CHECK,
                format!("{at} can't be reached: {why}"),
                "check HASURA_GRAPHQL_ENDPOINT, that Hasura is running, and that this machine can \
                 reach it",
            )];
        }
    };
    let message = format!("{at} responds and accepts the admin secret");
    let mut found = vec![Finding::ok(CHECK, message)];
    found.extend(remote_schema::check(patient, hasura, &metadata["metadata"], http).await);
    found.push(event_trigger::check(&metadata["metadata"]));
    found.push(Finding::ok(CHECK, "doctor can't read Hasura's JWT secret").and_advice(
        "make sure that it is the same as this server's: otherwise this server refuses users that \
         Hasura accepts",
    ));
    found
}

impl Hasura {
    /// A call of the metadata API.
    async fn ask(
        &self,
        http: &Http,
        kind: &str,
        args: Value,
        version: u8,
    ) -> Result<Answer, String> {
        let body = json!({ "type": kind, "version": version, "args": args });
        let mut request = http.client.post(below(&self.endpoint, &["v1", "metadata"])).json(&body);
        if let Some(secret) = &self.admin_secret {
            request = request.header("x-hasura-admin-secret", secret.expose_secret());
        }
        http.send(request).await
    }
}

fn refused(at: &str, answer: &Answer, has_secret: bool) -> Finding {
    let code = answer.json()["code"].as_str().unwrap_or_default().to_owned();
    let status = answer.status.as_u16();
    if code == "access-denied" || matches!(status, 401 | 403) {
        return if has_secret {
            Finding::error(
                CHECK,
                format!("{at} rejects the admin secret"),
                "set HASURA_GRAPHQL_ADMIN_SECRET to the admin secret that Hasura was started with",
            )
        } else {
            Finding::error(
                CHECK,
                format!("{at} requires an admin secret"),
                "set HASURA_GRAPHQL_ADMIN_SECRET, or HASURA_GRAPHQL_ADMIN_SECRET_FILE",
            )
        };
    }
    let advice = match status {
        404 => {
            "set HASURA_GRAPHQL_ENDPOINT to Hasura's base URL without /v1/graphql, and turn on the \
             metadata API (HASURA_GRAPHQL_ENABLED_APIS)"
        }
        _ => "check Hasura's log and the proxy in front of it",
    };
    Finding::error(CHECK, format!("{at} returns HTTP {status} for /v1/metadata"), advice)
}
