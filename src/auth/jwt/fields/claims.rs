use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Fields;
use crate::auth::jwt::{
    DEFAULT_NAMESPACE,
    namespace::{Format, Mapped, Namespace},
    path::JsonPath,
};

/// Session variables that a user needs.
const NEEDED: [&str; 3] = ["x-hasura-user-id", "x-hasura-allowed-roles", "x-hasura-default-role"];

/// The fields that say where a token's Hasura claims are.
impl Fields {
    pub(super) fn namespace(&mut self) -> Option<Namespace> {
        let format = match self.get("claims_format").map(Value::as_str) {
            None | Some(Some("json")) => Format::Json,
            Some(Some("stringified_json")) => Format::StringifiedJson,
            Some(_) => {
                self.problem("`claims_format` must be json or stringified_json");
                return None;
            }
        };
        let name = self.string("claims_namespace");
        let path = self.string("claims_namespace_path");
        // With a map the namespace is ignored.
        if self.get("claims_map").is_some() {
            return self.claims_map().map(Namespace::Map);
        }
        match (name, path) {
            (Some(_), Some(_)) => {
                self.problem(
                    "`claims_namespace` and `claims_namespace_path` are both set: remove one of \
                     them",
                );
                None
            }
            (None, Some(path)) => {
                let path = JsonPath::parse(&path);
                if path.is_none() {
                    self.problem(
                        "`claims_namespace_path` is not a JSON path such as $.hasura.claims: put \
                         names with other characters than letters, digits, - and _ into brackets \
                         and quotes, $['https://hasura.io/jwt/claims']",
                    );
                }
                Some(Namespace::Path(path?, format))
            }
            (name, None) => {
                Some(Namespace::Name(name.unwrap_or_else(|| DEFAULT_NAMESPACE.to_owned()), format))
            }
        }
    }

    fn claims_map(&mut self) -> Option<BTreeMap<String, Mapped>> {
        let Some(Value::Object(given)) = self.get("claims_map").cloned() else {
            self.problem("`claims_map` must be an object of session variables");
            return None;
        };
        let (mut map, mut named) = (BTreeMap::new(), BTreeSet::new());
        for (name, value) in given {
            let name = name.to_ascii_lowercase();
            if !named.insert(name.clone()) {
                self.problem(format!("`claims_map` has {name:?} twice"));
            }
            let mapped = mapped(&name, value);
            match mapped {
                _ if !name.starts_with("x-hasura-") => self.problem(format!(
                    "`claims_map` has {name:?}: the names of session variables begin with x-hasura-"
                )),
                Err(problem) => self.problem(format!("`claims_map` has {name:?}: {problem}")),
                Ok(mapped) => drop(map.insert(name, mapped)),
            }
        }
        let lacking: Vec<_> = NEEDED.into_iter().filter(|name| !named.contains(*name)).collect();
        if !lacking.is_empty() {
            let lacking = lacking.join(", ");
            self.problem(format!("`claims_map` lacks {lacking}: add its path in the token"));
        }
        Some(map)
    }
}

/// One entry of `claims_map`: a literal, or where it is in a token.
fn mapped(name: &str, value: Value) -> Result<Mapped, &'static str> {
    let is_list = name == "x-hasura-allowed-roles";
    let suits = |value: &Value| match value {
        Value::String(_) => !is_list,
        Value::Array(roles) => is_list && roles.iter().all(Value::is_string),
        _ => false,
    };
    // Otherwise every token of the issuer would be that one user's, or every token that lacks the
    // claim.
    let is_fixed = match &value {
        Value::Object(at) => at.get("default").is_some_and(|default| !default.is_null()),
        _ => true,
    };
    if name == "x-hasura-user-id" && is_fixed {
        return Err(
            "a literal or a default would give everyone the same user: set only the path of the \
             user's id, such as {\"path\":\"$.sub\"}",
        );
    }
    let unsuitable = if is_list { "it must be a list of strings" } else { "it must be a string" };
    match value {
        Value::Object(at) => {
            let path = at.get("path").and_then(Value::as_str).and_then(JsonPath::parse);
            let path = path.ok_or("its path is not a JSON path such as $.user.id")?;
            let default = at.get("default").filter(|default| !default.is_null()).cloned();
            if !default.as_ref().is_none_or(suits) {
                return Err(unsuitable);
            }
            Ok(Mapped::At { path, default })
        }
        literal if suits(&literal) => Ok(Mapped::Literal(literal)),
        _ => Err(unsuitable),
    }
}
