//! The fields of a connection that a request selects, so that nothing else is read, decrypted or
//! refreshed.

use async_graphql::{Context, SelectionField, Value};

use crate::{connections::MinValidFor, store::Columns};

/// `minValidFor` where it is left out.
pub const DEFAULT_MIN_VALID_FOR: i32 = 60;

/// The selection below the field that is being resolved.
#[derive(Clone, Copy, Debug)]
pub struct Selection {
    pub columns: Columns,
    /// Set if an access token is selected: the longest of the selected `minValidFor`s.
    pub access_token: Option<MinValidFor>,
}

impl Selection {
    /// Fields that a `@skip` or `@include` leaves out don't count.
    pub fn of(ctx: &Context<'_>) -> Self {
        let (mut columns, mut access_token) = (Columns::default(), None);
        for field in ctx.field().selection_set() {
            match field.name() {
                "accessToken" => access_token = access_token.max(min_valid_for(&field)),
                "expiresAt" | "status" => columns.expiry = true,
                "refreshTokenExpiresAt" => columns.refresh_token_end = true,
                "reconnectBy" => {
                    (columns.expiry, columns.refresh_token_end, columns.refreshed_at) =
                        (true, true, true);
                }
                "refreshedAt" => columns.refreshed_at = true,
                "lastFailure" => columns.failure = true,
                "account" | "accountUnavailableBecause" => columns.account = true,
                "scopes" | "scopesSource" | "missingScopes" => columns.scopes = true,
                _ => {}
            }
        }
        if access_token.is_some() {
            // A token may be refreshed before it is returned, which needs these.
            columns = Columns {
                access_token: true,
                expiry: true,
                refreshed_at: true,
                failure: true,
                scopes: true,
                ..columns
            };
        }
        Self { columns, access_token }
    }
}

/// `None` if it is out of range: the field itself rejects it.
fn min_valid_for(access_token: &SelectionField<'_>) -> Option<MinValidFor> {
    let arguments = access_token.arguments().unwrap_or_default();
    let seconds = arguments
        .into_iter()
        .find(|(name, _)| name == "minValidFor")
        .and_then(|(_, value)| match value {
            Value::Number(number) => number.as_i64(),
            _ => None,
        })
        .unwrap_or(DEFAULT_MIN_VALID_FOR.into());
    MinValidFor::seconds(seconds.try_into().ok()?).ok()
}
