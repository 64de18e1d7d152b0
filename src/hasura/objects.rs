use serde::Serialize;
use serde_json::{Value, json};

use super::{Location, Roles, Wanted};

/// The comment by which `--apply` and `--remove` recognize what this command has created. It must
/// never change: objects of earlier versions have it too.
pub const MARK: &str = "Made by provider-connections hasura";

/// The same for a permission that a role got without `--role`.
pub const MARK_EVERY_ROLE: &str = "Made by provider-connections hasura for every role";

/// The roles that Nhost gives each user (`AUTH_USER_DEFAULT_ALLOWED_ROLES`).
const ROLES_OF_USERS: [&str; 2] = ["user", "me"];

/// Hasura gives a remote schema 60 seconds by default; the server answers within 55.
const TIMEOUT_SECONDS: u32 = 60;

/// The wanted objects of Hasura's metadata. The order of the keys is meant for people.
#[derive(Clone, Debug)]
pub struct Objects {
    pub remote_schema: RemoteSchema,
    pub permissions: Vec<Permission>,
    pub relationship: Option<Relationship>,
    pub event_trigger: Option<EventTrigger>,
}

#[derive(Clone, Debug, Serialize)]
pub struct RemoteSchema {
    pub name: String,
    pub definition: RemoteSchemaDefinition,
    pub comment: &'static str,
}

#[derive(Clone, Debug, Serialize)]
pub struct RemoteSchemaDefinition {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url_from_env: Option<String>,
    pub timeout_seconds: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customization: Option<Value>,
    pub headers: Vec<Header>,
    pub forward_client_headers: bool,
}

/// A header whose value only Hasura's environment contains.
#[derive(Clone, Debug, Serialize)]
pub struct Header {
    pub name: &'static str,
    pub value_from_env: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct Permission {
    pub role: String,
    pub definition: PermissionDefinition,
    pub comment: &'static str,
}

#[derive(Clone, Debug, Serialize)]
pub struct PermissionDefinition {
    pub schema: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct Relationship {
    pub name: String,
    pub definition: Value,
}

#[derive(Clone, Debug, Serialize)]
pub struct EventTrigger {
    pub name: String,
    pub definition: EventTriggerDefinition,
    pub retry_conf: RetryConf,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_from_env: Option<String>,
    pub headers: Vec<Header>,
}

#[derive(Clone, Debug, Serialize)]
pub struct EventTriggerDefinition {
    pub enable_manual: bool,
    pub delete: Operation,
}

#[derive(Clone, Debug, Serialize)]
pub struct Operation {
    pub columns: &'static str,
    /// The part of the row that is sent, and kept in Hasura's event log.
    pub payload: [&'static str; 1],
}

#[derive(Clone, Debug, Serialize)]
pub struct RetryConf {
    pub num_retries: u32,
    pub interval_sec: u32,
    pub timeout_sec: u32,
}

/// Whether this command made the permission without `--role`.
pub fn is_for_every_role(permission: &Value) -> bool {
    permission["comment"] == MARK_EVERY_ROLE
}

impl Permission {
    pub fn new(role: &str, schema: &str, comment: &'static str) -> Self {
        let definition = PermissionDefinition { schema: schema.to_owned() };
        Self { role: role.to_owned(), definition, comment }
    }
}

impl Wanted {
    /// The objects that Hasura's metadata should contain.
    pub fn objects(&self) -> Objects {
        let headers =
            vec![Header { name: "x-service-secret", value_from_env: self.secret_from_env.clone() }];
        let (url, url_from_env) = split(&self.url);
        let remote_schema = RemoteSchema {
            name: self.name.clone(),
            definition: RemoteSchemaDefinition {
                url,
                url_from_env,
                timeout_seconds: TIMEOUT_SECONDS,
                customization: self.customization(),
                headers: headers.clone(),
                forward_client_headers: true,
            },
            comment: MARK,
        };
        let permissions = match &self.roles {
            Roles::Named(roles) => {
                roles.iter().map(|role| Permission::new(&role.name, &role.schema, MARK)).collect()
            }
            Roles::Every { schema } => {
                let permission = |role| Permission::new(role, schema, MARK_EVERY_ROLE);
                ROLES_OF_USERS.into_iter().map(permission).collect()
            }
        };
        let event_trigger = self.event_trigger.as_ref().map(|(name, location)| {
            let (webhook, webhook_from_env) = split(location);
            EventTrigger {
                name: name.clone(),
                definition: EventTriggerDefinition {
                    enable_manual: false,
                    // A user's row has more columns than this server needs.
                    delete: Operation { columns: "*", payload: ["id"] },
                },
                // A day: a deleted user's tokens should not stay because this server was down for
                // an hour.
                retry_conf: RetryConf { num_retries: 144, interval_sec: 600, timeout_sec: 60 },
                webhook,
                webhook_from_env,
                headers,
            }
        });
        Objects {
            remote_schema,
            permissions,
            relationship: self.relationship.as_ref().map(|name| Relationship {
                name: name.clone(),
                definition: json!({ "to_remote_schema": {
                    "remote_schema": self.name,
                    "lhs_fields": ["id"],
                    "remote_field": { "providerConnections": { "arguments": { "userId": "$id" } } },
                } }),
            }),
            event_trigger,
        }
    }

    fn customization(&self) -> Option<Value> {
        let mut customization = json!({});
        if let Some(namespace) = &self.namespace {
            customization["root_fields_namespace"] = json!(namespace);
        }
        if let Some(prefix) = &self.type_prefix {
            customization["type_names"] = json!({ "prefix": prefix });
        }
        (customization != json!({})).then_some(customization)
    }
}

fn split(location: &Location) -> (Option<String>, Option<String>) {
    match location {
        Location::Url(url) => (Some(url.to_string()), None),
        Location::Env(name) => (None, Some(name.clone())),
    }
}
