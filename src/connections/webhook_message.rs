//! The body of a webhook, as `docs/webhooks.md` describes it. It contains no token, and no personal
//! data but the ids that the app itself issued.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::store::Webhook;

/// The prefix of message ids.
const PREFIX: &str = "msg_";
/// The type of a test message.
const TEST: &str = "webhook.test";

/// The id that a receiver sees in the header `webhook-id`.
pub fn webhook_id(id: Uuid) -> String {
    format!("{PREFIX}{}", id.simple())
}

/// Parses the id that a receiver saw. `None`: it is not one.
pub fn parse_webhook_id(text: &str) -> Option<Uuid> {
    let text = text.trim();
    Uuid::try_parse(text.strip_prefix(PREFIX).unwrap_or(text)).ok()
}

#[derive(Serialize)]
struct Message<'a> {
    r#type: &'a str,
    timestamp: String,
    data: Data<'a>,
}

/// What doesn't apply is left out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    connection_id: Uuid,
    user_id: Uuid,
    provider: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reauthentication_url: Option<&'a str>,
    occurred_at: String,
}

/// The body, which is the same each time it is sent.
pub fn webhook_body(webhook: &Webhook) -> String {
    let at = time(webhook.occurred_at);
    let message = Message {
        r#type: &webhook.r#type,
        timestamp: at.clone(),
        data: Data {
            connection_id: webhook.connection_id,
            user_id: webhook.user_id,
            provider: webhook.provider.as_str(),
            status: webhook.status.as_deref(),
            code: webhook.code.as_deref(),
            client_id: webhook.client_id.as_deref(),
            reauthentication_url: webhook.reauthentication_url.as_deref(),
            occurred_at: at,
        },
    };
    serde_json::to_string(&message).unwrap_or_default()
}

/// The body of a test message, with which an operator checks whether messages arrive.
pub fn test_webhook_body(at: DateTime<Utc>) -> String {
    json!({ "type": TEST, "timestamp": time(at), "data": {} }).to_string()
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let id = Uuid::from_u128(7);
        assert_eq!(webhook_id(id), "msg_00000000000000000000000000000007");
        assert_eq!(parse_webhook_id(&webhook_id(id)), Some(id));
        assert_eq!(parse_webhook_id(&id.to_string()), Some(id));
        assert_eq!(parse_webhook_id("msg_7"), None);
    }
}
