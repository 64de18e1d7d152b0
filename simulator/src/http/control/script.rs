//! A grant's script in JSON.

use chrono::Duration;
use serde::Deserialize;

use crate::{GrantScript, Lifetime, Provider, RefreshTokenScript, RefreshTokenWire};

/// Every field is optional: the default is the provider's usual behaviour.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Script {
    /// Seconds, `"never"` or `"zero_time"`.
    lifetime: Option<Lives>,
    refresh_token: Option<Rotation>,
    /// For `rotating_with_grace`; 60 if omitted.
    grace_seconds: Option<i64>,
    absent: Option<RefreshTokenWire>,
    unrotated: Option<RefreshTokenWire>,
    #[serde(default)]
    expires_in_only: bool,
    #[serde(default)]
    skew_seconds: i64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Lives {
    Seconds(i64),
    Named(Named),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Named {
    Never,
    ZeroTime,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Rotation {
    None,
    Stable,
    Rotating,
    RotatingSingleUse,
    RotatingWithGrace,
}

impl Script {
    pub(super) fn for_provider(self, provider: Provider) -> GrantScript {
        let usual = provider.usual_script();
        let grace = Duration::seconds(self.grace_seconds.unwrap_or(60));
        GrantScript {
            lifetime: self.lifetime.map_or(usual.lifetime, |lives| match lives {
                Lives::Seconds(seconds) => Lifetime::Seconds(seconds),
                Lives::Named(Named::Never) => Lifetime::Never,
                Lives::Named(Named::ZeroTime) => Lifetime::ZeroTime,
            }),
            refresh_token: self.refresh_token.map_or(
                usual.refresh_token,
                |rotation| match rotation {
                    Rotation::None => RefreshTokenScript::None,
                    Rotation::Stable => RefreshTokenScript::Stable,
                    Rotation::Rotating => RefreshTokenScript::Rotating,
                    Rotation::RotatingSingleUse => RefreshTokenScript::RotatingSingleUse,
                    Rotation::RotatingWithGrace => RefreshTokenScript::RotatingWithGrace(grace),
                },
            ),
            absent: self.absent.unwrap_or(usual.absent),
            unrotated: self.unrotated.or(usual.unrotated),
            expires_in_only: self.expires_in_only,
            skew: Duration::seconds(self.skew_seconds),
            refresh_token_expires_in: usual.refresh_token_expires_in,
        }
    }
}
