use serde_json::Value;

use super::super::Finding;

const CHECK: &str = "Hasura event trigger";
const PATH: &str = "/hooks/user-deleted";

/// Whether this server is notified of deleted users.
pub fn check(metadata: &Value) -> Finding {
    let triggers = metadata["sources"].as_array().into_iter().flatten().flat_map(|source| {
        let tables = source["tables"].as_array().into_iter().flatten();
        let users =
            tables.filter(|of| of["table"]["schema"] == "auth" && of["table"]["name"] == "users");
        users.flat_map(|table| table["event_triggers"].as_array().into_iter().flatten())
    });
    let of_deletions: Vec<_> =
        triggers.filter(|trigger| !trigger["definition"]["delete"].is_null()).collect();
    let named = |trigger: &&&Value| {
        trigger["webhook"].as_str().is_some_and(|url| url.trim_end_matches('/').ends_with(PATH))
    };
    if let Some(trigger) = of_deletions.iter().find(named) {
        let has_secret = trigger["headers"].as_array().into_iter().flatten().any(|header| {
            header["name"]
                .as_str()
                .is_some_and(|name| name.eq_ignore_ascii_case("x-service-secret"))
        });
        return if has_secret {
            Finding::ok(CHECK, "Hasura notifies this server of deleted users")
        } else {
            Finding::error(
                CHECK,
                format!(
                    "the event trigger that calls {PATH} sends no x-service-secret, so its calls \
                     are refused"
                ),
                "add the header x-service-secret to the event trigger, with its value from \
                 Hasura's environment",
            )
        };
    }
    if of_deletions.iter().any(|trigger| trigger["webhook_from_env"].is_string()) {
        return Finding::ok(
            CHECK,
            "there is an event trigger for deleted users, with its URL in Hasura's environment",
        )
        .and_advice(format!("check that the URL is this server's {PATH}"));
    }
    Finding::warning(
        CHECK,
        "no event trigger notifies this server of deleted users, so their tokens are kept",
        format!(
            "add an event trigger for deletions on auth.users that calls {PATH}, or use a database \
             trigger (docs/operations.md, Users who were deleted)"
        ),
    )
}
