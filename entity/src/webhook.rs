//! The outbox of webhooks: what to send to the app's backend, written in the transaction of the
//! change that a webhook reports. Rows stay after their delivery for as long as events do, so that
//! they can be sent again and a Hasura event trigger can watch the table. The table contains no
//! secret.

use domain::Provider;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_connection_webhook")]
pub struct Model {
    /// Their order.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The `webhook-id`, which is the same for each attempt.
    pub message_id: Uuid,
    /// A `domain::WebhookEvent`; a newer release may write others.
    pub r#type: String,
    /// Not a foreign key: the webhook of a disconnection outlives its connection.
    pub connection_id: Uuid,
    pub user_id: Uuid,
    pub provider: Provider,
    /// The connection's new status, in the API's format.
    pub status: Option<String>,
    /// The error code of a failure.
    pub code: Option<String>,
    /// The client that gained access.
    pub client_id: Option<String>,
    /// The URL where the user signs in again, if that helps.
    pub reauthentication_url: Option<String>,
    pub occurred_at: DateTimeUtc,
    /// `pending`, `delivered`, `dead` (given up) or `recorded` (never to be sent: there was no
    /// `WEBHOOK_URL`).
    pub state: String,
    /// Attempts that were started.
    pub attempts: i32,
    /// When to send it, or send it again.
    pub due_at: DateTimeUtc,
    /// Until when a server is sending it.
    pub claimed_until: Option<DateTimeUtc>,
    /// When it was delivered or given up.
    pub ended_at: Option<DateTimeUtc>,
    /// The result of the last attempt: a status, or an error. Nothing that the receiver wrote.
    pub last_result: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
