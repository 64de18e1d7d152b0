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
        let message = "not looked at, because HASURA_GRAPHQL_ENDPOINT is not set";
        return vec![Finding::ok(CHECK, message).and_advice(
            "where Hasura merges this server, set it and HASURA_GRAPHQL_ADMIN_SECRET",
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
                "check HASURA_GRAPHQL_ENDPOINT, that Hasura is up, and that this machine may reach \
                 it",
            )];
        }
    };
    let message = format!("{at} answers, and takes the admin secret");
    let mut found = vec![Finding::ok(CHECK, message)];
    found.extend(remote_schema::check(patient, hasura, &metadata["metadata"], http).await);
    found.push(event_trigger::check(&metadata["metadata"]));
    found.push(Finding::ok(CHECK, "its JWT secret can't be read from here").and_advice(
        "it has to be the same as this server's: a user whom Hasura lets in is refused here \
             otherwise",
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
                format!("{at} refuses the admin secret"),
                "check HASURA_GRAPHQL_ADMIN_SECRET: it is the one that Hasura itself was started \
                 with",
            )
        } else {
            Finding::error(
                CHECK,
                format!("{at} wants an admin secret"),
                "set HASURA_GRAPHQL_ADMIN_SECRET, or HASURA_GRAPHQL_ADMIN_SECRET_FILE",
            )
        };
    }
    let advice = match status {
        404 => {
            "check HASURA_GRAPHQL_ENDPOINT: it is Hasura's base URL without /v1/graphql, and the \
             metadata API has to be switched on (HASURA_GRAPHQL_ENABLED_APIS)"
        }
        _ => "look at Hasura's log, and at the proxy in front of it",
    };
    Finding::error(CHECK, format!("{at} answers HTTP {status} at /v1/metadata"), advice)
}
