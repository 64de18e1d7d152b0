use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{
    super::{Finding, Patient, http::Http},
    Hasura,
};

const CHECK: &str = "Hasura remote schema";
/// By what a schema is known to be this server's.
const FIELD: &str = "connectProvider";
/// Of remote schemas that are named otherwise, this many are asked for their fields.
const ASKED: usize = 10;

/// Whether this server is merged, and called as it has to be.
pub async fn check(
    patient: &Patient,
    hasura: &Hasura,
    metadata: &Value,
    http: &Http,
) -> Vec<Finding> {
    let all = metadata["remote_schemas"].as_array().map_or(&[][..], Vec::as_slice);
    let Some(schema) = find(hasura, all, http).await else {
        return vec![Finding::error(
            CHECK,
            "no remote schema is this server's",
            "add a remote schema with the URL of this server's /graphql: docs/hasura.md",
        )];
    };
    let name = schema["name"].as_str().unwrap_or_default();
    let mut found = vec![reached(hasura, name, http).await];
    found.extend(headers(patient, name, &schema["definition"]));
    found.push(consistency(hasura, name, http).await);
    let roles: Vec<_> = schema["permissions"].as_array().into_iter().flatten().collect();
    let roles: Vec<_> = roles.iter().filter_map(|of| of["role"].as_str()).collect();
    found.push(if roles.is_empty() {
        Finding::ok(CHECK, format!("{name} has permissions for no role")).and_advice(
            "without HASURA_GRAPHQL_ENABLE_REMOTE_SCHEMA_PERMISSIONS every role can use all of it; \
             with it, only admin can",
        )
    } else {
        Finding::ok(CHECK, format!("{name} has permissions for {}", roles.join(", ")))
            .and_advice("they apply only with HASURA_GRAPHQL_ENABLE_REMOTE_SCHEMA_PERMISSIONS=true")
    });
    found
}

/// The one of this server: by its name, or by its address and what it has.
async fn find<'a>(hasura: &Hasura, all: &'a [Value], http: &Http) -> Option<&'a Value> {
    let is_named = |schema: &&Value| {
        matches!(schema["name"].as_str(), Some("provider-connections" | "provider_connections"))
    };
    if let Some(named) = all.iter().find(is_named) {
        return Some(named);
    }
    let may_be = |schema: &&Value| {
        let url = schema["definition"]["url"].as_str();
        url.is_none_or(|url| url.trim_end_matches('/').ends_with("/graphql"))
    };
    for schema in all.iter().filter(may_be).take(ASKED) {
        let name = schema["name"].as_str().unwrap_or_default();
        if root_fields(hasura, name, http).await.is_ok_and(|of| of.iter().any(|f| f == FIELD)) {
            return Some(schema);
        }
    }
    None
}

/// The fields of its mutations, by Hasura's own way to it.
async fn root_fields(hasura: &Hasura, name: &str, http: &Http) -> Result<Vec<String>, String> {
    let answer = hasura.ask(http, "introspect_remote_schema", json!({ "name": name }), 1).await?;
    if !answer.status.is_success() {
        return Err(format!("Hasura returns HTTP {}", answer.status.as_u16()));
    }
    let schema = &answer.json()["data"]["__schema"];
    let mutation = &schema["mutationType"]["name"];
    let types = schema["types"].as_array().into_iter().flatten();
    let fields =
        types.filter(|of| of["name"] == *mutation).filter_map(|of| of["fields"].as_array());
    Ok(fields.flatten().filter_map(|field| field["name"].as_str().map(str::to_owned)).collect())
}

async fn reached(hasura: &Hasura, name: &str, http: &Http) -> Finding {
    match root_fields(hasura, name, http).await {
        Ok(fields) if fields.iter().any(|field| field == FIELD) => {
            Finding::ok(CHECK, format!("{name}: Hasura reaches this server and has its schema"))
        }
        Ok(_) => Finding::error(
            CHECK,
            format!("{name} has a schema without {FIELD}, so it is not this server's"),
            "set its URL to this server's /graphql",
        ),
        Err(why) => Finding::error(
            CHECK,
            format!("{name}: Hasura can't read its schema ({why})"),
            "check that Hasura can reach its URL, and INTROSPECTION; then reload the remote schema",
        ),
    }
}

/// What Hasura sends along decides who is calling.
fn headers(patient: &Patient, name: &str, definition: &Value) -> Vec<Finding> {
    let forwards = definition["forward_client_headers"] == true;
    let secret = definition["headers"].as_array().into_iter().flatten().find(|header| {
        header["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case("x-service-secret"))
    });
    let mut found = Vec::new();
    found.push(if forwards {
        Finding::ok(CHECK, format!("{name} forwards client headers"))
    } else {
        Finding::warning(
            CHECK,
            format!(
                "{name} does not forward client headers, so this server gets no user's JWT, and \
                 can't distinguish an OAuth app from the user it acts for"
            ),
            "set forward_client_headers to true",
        )
    });
    let Some(secret) = secret else {
        let message = format!("{name} sends no x-service-secret");
        let advice = "add the header x-service-secret with value_from_env, and set that variable \
                      at Hasura to this server's SERVICE_SECRET";
        found.push(if forwards {
            let message = format!("{message}, so Hasura's roles and relationships have no effect");
            Finding::warning(CHECK, message, advice)
        } else {
            Finding::error(
                CHECK,
                format!("{message}, so no one can call this server through Hasura"),
                advice,
            )
        });
        return found;
    };
    if patient.settings.service_secret.is_none() {
        found.push(Finding::error(
            CHECK,
            format!(
                "{name} sends an x-service-secret, but this server has no SERVICE_SECRET and \
                 refuses the calls"
            ),
            "set SERVICE_SECRET to the value that Hasura sends",
        ));
        return found;
    }
    found.push(match (secret["value_from_env"].as_str(), secret["value"].as_str()) {
        (Some(variable), _) => {
            let message = format!("{name} sends x-service-secret from the variable {variable}");
            Finding::ok(CHECK, message).and_advice(
                "doctor can't read this variable: make sure that it is the same as SERVICE_SECRET",
            )
        }
        (None, value) => {
            let mine = patient.settings.service_secret.as_ref().map(ExposeSecret::expose_secret);
            if value == mine {
                Finding::warning(
                    CHECK,
                    format!("{name} has the service secret in plain text in Hasura's metadata"),
                    "use value_from_env instead of value, so that exports of the metadata don't \
                     contain it",
                )
            } else {
                Finding::error(
                    CHECK,
                    format!("{name} sends an x-service-secret that differs from SERVICE_SECRET"),
                    "set both to the same value, with value_from_env",
                )
            }
        }
    });
    found
}

async fn consistency(hasura: &Hasura, name: &str, http: &Http) -> Finding {
    let answer = hasura.ask(http, "get_inconsistent_metadata", json!({}), 1).await;
    let Some(answer) = answer.ok().filter(|answer| answer.status.is_success()) else {
        return Finding::not_looked_at(CHECK, "Hasura doesn't report its inconsistent metadata");
    };
    let answer = answer.json();
    let objects = answer["inconsistent_objects"].as_array().map_or(&[][..], Vec::as_slice);
    let is_mine = |of: &&Value| {
        let of_schema = of["type"].as_str().is_some_and(|kind| kind.contains("remote_schema"));
        of_schema && (of["name"].to_string().contains(name) || of["definition"]["name"] == name)
    };
    let mine = objects.iter().filter(is_mine).count();
    if mine > 0 {
        return Finding::error(
            CHECK,
            format!("Hasura does not serve {name}, because its metadata is inconsistent"),
            "see the reason in Hasura's console (Settings, Metadata Status), fix it, then reload \
             the remote schema",
        );
    }
    if objects.is_empty() {
        Finding::ok(CHECK, "Hasura's metadata is consistent")
    } else {
        Finding::warning(
            CHECK,
            format!(
                "{} objects of Hasura's metadata are inconsistent, none of them {name}",
                objects.len()
            ),
            "see the reason in Hasura's console (Settings, Metadata Status)",
        )
    }
}
