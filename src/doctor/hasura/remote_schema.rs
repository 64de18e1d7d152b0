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
            "none leads to this server",
            "add one with this server's /graphql as its address: docs/hasura.md",
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
            "without HASURA_GRAPHQL_ENABLE_REMOTE_SCHEMA_PERMISSIONS every role may use all of it; \
             with it, none but admin",
        )
    } else {
        Finding::ok(CHECK, format!("{name} has permissions for {}", roles.join(", ")))
            .and_advice("they count only with HASURA_GRAPHQL_ENABLE_REMOTE_SCHEMA_PERMISSIONS=true")
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
        return Err(format!("Hasura answers HTTP {}", answer.status.as_u16()));
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
            Finding::ok(CHECK, format!("{name}: Hasura reaches this server, and knows its fields"))
        }
        Ok(_) => Finding::error(
            CHECK,
            format!("{name} leads to a schema without {FIELD}: it is not this server's"),
            "set its address to this server's /graphql",
        ),
        Err(why) => Finding::error(
            CHECK,
            format!("{name}: Hasura does not get at its schema ({why})"),
            "check its address as Hasura sees it, and INTROSPECTION; then reload the remote schema",
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
                "{name} does not forward client headers: this server sees no user's JWT, and can't \
                 tell an OAuth app from the user that it acts for"
            ),
            "set forward_client_headers to true",
        )
    });
    let Some(secret) = secret else {
        let message = format!("{name} sends no x-service-secret");
        let advice = "add the header x-service-secret with value_from_env, and set that variable \
                      at Hasura to this server's SERVICE_SECRET";
        found.push(if forwards {
            let message = format!("{message}: Hasura's own roles and relationships don't count");
            Finding::warning(CHECK, message, advice)
        } else {
            Finding::error(CHECK, format!("{message}: nobody can call through it"), advice)
        });
        return found;
    };
    if patient.settings.service_secret.is_none() {
        found.push(Finding::error(
            CHECK,
            format!("{name} sends an x-service-secret, and this server has none: it refuses that"),
            "set SERVICE_SECRET to what Hasura sends",
        ));
        return found;
    }
    found.push(match (secret["value_from_env"].as_str(), secret["value"].as_str()) {
        (Some(variable), _) => {
            let message = format!("{name} sends x-service-secret from the variable {variable}");
            Finding::ok(CHECK, message).and_advice(
                "what Hasura has in it can't be read from here: it has to be SERVICE_SECRET",
            )
        }
        (None, value) => {
            let mine = patient.settings.service_secret.as_ref().map(ExposeSecret::expose_secret);
            if value == mine {
                Finding::warning(
                    CHECK,
                    format!("{name} has the service secret itself in Hasura's metadata"),
                    "write value_from_env instead of value, so that it is in no export",
                )
            } else {
                Finding::error(
                    CHECK,
                    format!("{name} sends another x-service-secret than SERVICE_SECRET"),
                    "set both to the same, by value_from_env",
                )
            }
        }
    });
    found
}

async fn consistency(hasura: &Hasura, name: &str, http: &Http) -> Finding {
    let answer = hasura.ask(http, "get_inconsistent_metadata", json!({}), 1).await;
    let Some(answer) = answer.ok().filter(|answer| answer.status.is_success()) else {
        return Finding::not_looked_at(CHECK, "Hasura does not tell what is inconsistent");
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
            format!("Hasura has left {name} out: its metadata is inconsistent"),
            "Hasura's console says why (Settings, Metadata Status); mend that, then reload the \
             remote schema",
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
            "Hasura's console says why (Settings, Metadata Status)",
        )
    }
}
