use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::{FailureCode, Kind, State};

/// How an event changed the state of its connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StateChange {
    /// `None`: unknown, and one webhook too many is better than one too few.
    pub before: Option<State>,
    /// The state that users see. `None`: not needed.
    pub after: Option<State>,
    /// There will be no other access token, and this one expires before a job would notice.
    pub expires_soon: bool,
}

/// What an app's backend is notified of: the `type` of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
pub enum WebhookEvent {
    #[strum(serialize = "connection.connected")]
    Connected,
    #[strum(serialize = "connection.account_changed")]
    AccountChanged,
    #[strum(serialize = "connection.refresh_failing")]
    RefreshFailing,
    #[strum(serialize = "connection.reauthentication_required")]
    ReauthenticationRequired,
    #[strum(serialize = "connection.healed")]
    Healed,
    #[strum(serialize = "connection.expires_soon")]
    ExpiresSoon,
    #[strum(serialize = "connection.scopes_changed")]
    ScopesChanged,
    #[strum(serialize = "connection.disconnected")]
    Disconnected,
    #[strum(serialize = "access.granted")]
    AccessGranted,
    #[strum(serialize = "access.revoked")]
    AccessRevoked,
}

impl WebhookEvent {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The new state of the connection. `None`: the event did not change it.
    pub fn state(self) -> Option<State> {
        match self {
            Self::Connected | Self::Healed => Some(State::Active),
            Self::RefreshFailing => Some(State::RefreshFailing),
            Self::ReauthenticationRequired => Some(State::ReauthenticationRequired),
            _ => None,
        }
    }

    /// Whether the user must sign in with the provider again, now or soon.
    pub fn asks_for_sign_in(self) -> bool {
        matches!(self, Self::ReauthenticationRequired | Self::ExpiresSoon)
    }

    /// Whether it includes the error code of a failure.
    pub fn has_code(self) -> bool {
        self != Self::Healed
    }

    /// The webhook for `kind`, with the error `code` of a failure: a change of state is worth one;
    /// the second failure in a row and an ordinary refresh are not.
    pub fn of(kind: Kind, code: Option<&str>, change: StateChange) -> Vec<Self> {
        let StateChange { before, after, expires_soon } = change;
        let was_broken =
            matches!(before, Some(State::RefreshFailing | State::ReauthenticationRequired));
        let healed = was_broken.then_some(Self::Healed);
        match kind {
            Kind::Connected => [Some(Self::Connected), healed].into_iter().flatten().collect(),
            Kind::Refreshed | Kind::Rotated => healed.into_iter().collect(),
            // The refresh token is gone. The access token works until it expires, and only a
            // sign-in yields another.
            Kind::RefreshFailed if code == Some(FailureCode::NotRefreshable.as_str()) => {
                let ended = Some(State::ReauthenticationRequired);
                if after == ended {
                    let is_new = before != ended;
                    is_new.then_some(Self::ReauthenticationRequired).into_iter().collect()
                } else {
                    let expires = expires_soon.then_some(Self::ExpiresSoon);
                    [healed, expires].into_iter().flatten().collect()
                }
            }
            Kind::RefreshFailed if was_broken => Vec::new(),
            Kind::RefreshFailed => vec![Self::RefreshFailing],
            Kind::ReauthenticationRequired if before == Some(State::ReauthenticationRequired) => {
                Vec::new()
            }
            Kind::ReauthenticationRequired => vec![Self::ReauthenticationRequired],
            Kind::Disconnected => vec![Self::Disconnected],
            Kind::AccessGranted => vec![Self::AccessGranted],
            Kind::AccessRevoked => vec![Self::AccessRevoked],
            Kind::AccountChanged => vec![Self::AccountChanged],
            Kind::ScopesChanged => vec![Self::ScopesChanged],
            Kind::ExpiresSoon => vec![Self::ExpiresSoon],
            Kind::TokenRead
            | Kind::AccountRead
            | Kind::Revoked
            | Kind::RevocationUnsupported
            | Kind::RevocationFailed
            | Kind::KeyRotated => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_is_a_change_of_state_and_no_repetition() {
        use State::{Active, Connecting, ReauthenticationRequired as Ended, RefreshFailing};
        use WebhookEvent as W;
        for (kind, before, expected) in [
            (Kind::Connected, Some(Connecting), vec![W::Connected]),
            (Kind::Connected, Some(Active), vec![W::Connected]),
            (Kind::Connected, Some(Ended), vec![W::Connected, W::Healed]),
            (Kind::Refreshed, Some(Active), vec![]),
            (Kind::Rotated, Some(RefreshFailing), vec![W::Healed]),
            (Kind::Refreshed, Some(Ended), vec![W::Healed]),
            (Kind::RefreshFailed, Some(Active), vec![W::RefreshFailing]),
            (Kind::RefreshFailed, Some(RefreshFailing), vec![]),
            (
                Kind::ReauthenticationRequired,
                Some(RefreshFailing),
                vec![W::ReauthenticationRequired],
            ),
            (Kind::ReauthenticationRequired, Some(Ended), vec![]),
            (Kind::ReauthenticationRequired, None, vec![W::ReauthenticationRequired]),
            (Kind::TokenRead, Some(Active), vec![]),
        ] {
            let change = StateChange { before, ..StateChange::default() };
            assert_eq!(W::of(kind, None, change), expected, "{kind:?} after {before:?}");
        }
    }

    #[test]
    fn a_connection_that_lost_its_refresh_token_is_told_by_what_is_left() {
        use State::{Active, ReauthenticationRequired as Ended, RefreshFailing};
        use WebhookEvent as W;
        let code = Some(FailureCode::NotRefreshable.as_str());
        for (before, after, expires_soon, expected) in [
            (Active, Active, true, vec![W::ExpiresSoon]),
            (Active, Active, false, vec![]),
            (RefreshFailing, Active, true, vec![W::Healed, W::ExpiresSoon]),
            (RefreshFailing, Active, false, vec![W::Healed]),
            (Active, Ended, true, vec![W::ReauthenticationRequired]),
            (RefreshFailing, Ended, true, vec![W::ReauthenticationRequired]),
            (Ended, Ended, true, vec![]),
        ] {
            let change = StateChange { before: Some(before), after: Some(after), expires_soon };
            let events = W::of(Kind::RefreshFailed, code, change);
            assert_eq!(events, expected, "{change:?}");
        }
    }

    #[test]
    fn types_are_read_as_they_are_written() {
        for event in WebhookEvent::ALL {
            assert_eq!(event.as_str().parse(), Ok(*event));
        }
    }
}
