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
    /// Sealed; `None` where the provider gave none.
    pub refresh_token: Option<Vec<u8>>,
    /// The refresh token is of an earlier sign-in than the access token, perhaps with another
    /// account: what it brings is compared before it is kept.
    pub refresh_token_unproven: bool,
    /// Sealed: the provider's id of the account behind the access token. Known only where
    /// `refresh_token_unproven` asks for it.
    pub account: Option<Vec<u8>>,
    /// Sealed JSON: what the provider says of the account. Of the sign-in at
    /// `profile_connected_at`; of an earlier one than the last, it only tells whether the account
    /// has changed.
    pub profile: Option<Vec<u8>>,
    /// `connected_at` of the sign-in that `profile` and `account_digest` are of.
    pub profile_connected_at: Option<DateTimeUtc>,
    /// A keyed digest of the provider's id of the account, the same for every user.
    pub account_digest: Option<Vec<u8>>,
    /// When the provider is asked which account it is. `None`: not before the next sign-in.
    pub look_up_due_at: Option<DateTimeUtc>,
    /// How often it was asked since the last sign-in.
    pub look_up_attempts: i32,
    /// Why it is not asked again, where it did not say.
    pub look_up_end: Option<String>,
    /// `None`: no known expiry.
    pub access_token_expires_at: Option<DateTimeUtc>,
    /// `None`: the provider doesn't say.
    pub refresh_token_expires_at: Option<DateTimeUtc>,
    /// Since when that very end is known; a refresh that moves it sets this anew. `None`: since the
    /// sign-in, or no end is known.
    pub refresh_token_end_known_at: Option<DateTimeUtc>,
    /// When the sign-in was that brought the refresh token, where the last one brought none. `None`:
    /// it was the last, at `connected_at`.
    pub refresh_token_granted_at: Option<DateTimeUtc>,
    /// Grows with every write of tokens, so that a write that was overtaken is seen.
    pub generation: i64,
    /// Who may call the upstream for this connection, until `lease_until` by the database's clock.
    pub lease_owner: Option<Uuid>,
    pub lease_until: Option<DateTimeUtc>,
    /// When to refresh ahead of expiry, or to try again after a failure.
    pub refresh_due_at: Option<DateTimeUtc>,
    /// Failed refreshes since the last one that succeeded, for whatever reason.
    pub failure_count: i32,
    pub first_failed_at: Option<DateTimeUtc>,
    pub last_failed_at: Option<DateTimeUtc>,
    /// Those of them that count towards the end of the grant.
    pub refusal_count: i32,
    /// The first that refused the grant, or may have.
    pub first_refused_at: Option<DateTimeUtc>,
    /// The error code of the last failure, such as `UPSTREAM_UNAVAILABLE`.
    pub last_failure: Option<String>,
    /// When the provider said last that the grant has ended, by the database's clock. A sign-in
    /// clears it; so does a refresh, which is followed by another.
    pub signalled_at: Option<DateTimeUtc>,
    pub connected_at: DateTimeUtc,
    pub refreshed_at: Option<DateTimeUtc>,
    pub used_at: Option<DateTimeUtc>,
    /// When its user was told that it ends soon; of no account if that was before `connected_at`.
    pub expires_soon_at: Option<DateTimeUtc>,
    /// When a job next looks whether it ends soon. Long ago for what nobody has looked at yet.
    pub end_look_at: DateTimeUtc,
    /// What was last said to be granted, separated by blanks. `None`: nobody has said.
    pub scopes: Option<String>,
    /// Who said `scopes`: `answer` (the one that brought the tokens) or `provider`.
    pub scopes_source: Option<String>,
    /// What the last sign-in asked for, until somebody says what it was granted.
    pub scopes_requested: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
