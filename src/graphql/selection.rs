//! The fields of a connection that a request selects, so that nothing else is read, decrypted or
//! refreshed.

use async_graphql::{Context, Value};

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
        let below = ctx.look_ahead();
        let selects = |field: &str| below.field(field).exists();
        let access_token = below
            .field("accessToken")
            .selection_fields()
            .iter()
            .filter_map(|field| {
                let arguments = field.arguments().unwrap_or_default();
                let seconds = arguments
                    .into_iter()
                    .find(|(name, _)| name == "minValidFor")
                    .and_then(|(_, value)| match value {
                        Value::Number(number) => number.as_i64(),
                        _ => None,
                    })
                    .unwrap_or(DEFAULT_MIN_VALID_FOR.into());
                // The field itself rejects a value that is out of range.
                MinValidFor::seconds(seconds.try_into().ok()?).ok()
            })
            .max();
        let reads = access_token.is_some();
        Self {
            columns: Columns {
                access_token: reads,
                refresh_token: false,
                lifetime: reads
                    || ["expiresAt", "status", "reconnectBy", "refreshTokenExpiresAt"]
                        .into_iter()
                        .any(selects),
                refreshed_at: reads || selects("refreshedAt") || selects("reconnectBy"),
                failure: reads || selects("lastFailure"),
                account: selects("account") || selects("accountUnavailableBecause"),
                scopes: reads
                    || selects("scopes")
                    || selects("scopesSource")
                    || selects("missingScopes"),
            },
            access_token,
        }
    }
}
