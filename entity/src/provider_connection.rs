//! A user's connection to a provider, one row for each: the sealed tokens and their metadata.

use domain::{Provider, State};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_connection")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The user's id in Nhost Auth (`auth.users.id`). Unique together with `provider`.
    pub user_id: Uuid,
    pub provider: Provider,
    pub state: State,
    /// Sealed; `None` only while `state` is [`State::Connecting`].
    pub access_token: Option<Vec<u8>>,
    /// Sealed; `None` if the provider issued none.
    pub refresh_token: Option<Vec<u8>>,
    /// The refresh token comes from an earlier sign-in than the access token, perhaps with another
    /// account: its result is compared before it is stored.
    pub refresh_token_unproven: bool,
    /// Sealed: the provider's id of the account behind the access token. Known only if
    /// `refresh_token_unproven` requires it.
    pub account: Option<Vec<u8>>,
    /// Sealed JSON: the account that the provider returned, for the sign-in at
    /// `profile_connected_at`. If that is not the last sign-in, it only shows whether the account
    /// has changed.
    pub profile: Option<Vec<u8>>,
    /// `connected_at` of the sign-in that `profile` and `account_digest` belong to.
    pub profile_connected_at: Option<DateTimeUtc>,
    /// A keyed digest of the provider's id of the account, the same for every user.
    pub account_digest: Option<Vec<u8>>,
    /// When the account is looked up. `None`: not before the next sign-in.
    pub look_up_due_at: Option<DateTimeUtc>,
    /// How many times it was looked up since the last sign-in.
    pub look_up_attempts: i32,
    /// Why it is not looked up again, if the provider returned none.
    pub look_up_end: Option<String>,
    /// `None`: no known expiry.
    pub access_token_expires_at: Option<DateTimeUtc>,
    /// `None`: the provider doesn't say.
    pub refresh_token_expires_at: Option<DateTimeUtc>,
    /// Since when this expiry is known; a refresh that extends it sets this again. `None`: since
    /// the sign-in, or no expiry is known.
    pub refresh_token_end_known_at: Option<DateTimeUtc>,
    /// When the sign-in was that returned the refresh token, if the last one returned none. `None`:
    /// it was the last, at `connected_at`.
    pub refresh_token_granted_at: Option<DateTimeUtc>,
    /// Grows with every write of tokens, which reveals a write that was overtaken.
    pub generation: i64,
    /// The holder of the right to call the upstream for this connection, until `lease_until` by the
    /// database's clock.
    pub lease_owner: Option<Uuid>,
    pub lease_until: Option<DateTimeUtc>,
    /// When to refresh in the background, or to try again after a failure.
    pub refresh_due_at: Option<DateTimeUtc>,
    /// Failed refreshes since the last success, for any reason.
    pub failure_count: i32,
    pub first_failed_at: Option<DateTimeUtc>,
    pub last_failed_at: Option<DateTimeUtc>,
    /// Those of them that count towards the end of the grant.
    pub refusal_count: i32,
    /// The first that rejected the grant, or may have.
    pub first_refused_at: Option<DateTimeUtc>,
    /// The error code of the last failure, such as `UPSTREAM_UNAVAILABLE`.
    pub last_failure: Option<String>,
    /// When the provider last reported that the grant has ended, by the database's clock. A sign-in
    /// clears it; so does a refresh, which is followed by another.
    pub signalled_at: Option<DateTimeUtc>,
    pub connected_at: DateTimeUtc,
    pub refreshed_at: Option<DateTimeUtc>,
    pub used_at: Option<DateTimeUtc>,
    /// When its user was notified that it ends soon; ignored if that was before `connected_at`.
    pub expires_soon_at: Option<DateTimeUtc>,
    /// When a job next checks whether it ends soon. Long ago for a row that was never checked.
    pub end_look_at: DateTimeUtc,
    /// The last listed scopes, separated by spaces. `None`: nobody has listed them.
    pub scopes: Option<String>,
    /// The source of `scopes`: `answer` (the response with the tokens) or `provider`.
    pub scopes_source: Option<String>,
    /// The scopes that the last sign-in requested, until the granted ones are known.
    pub scopes_requested: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
