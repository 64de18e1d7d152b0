//! Turns a session into what is stored: sealed tokens, with the time of the next refresh.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{ConnectionKey, Grant, Kind, Provider};
use secrecy::{ExposeSecret, SecretString};

use super::Connections;
use crate::{
    store::ConnectionRecord,
    upstream::{ProviderSession, assumed_lifetime, refresh_token_idle_limit},
    vault::{Binding, Field},
};

/// Two ends of a refresh token that differ by no more than this are the same: lifetimes are whole
/// seconds, and responses take time.
const SAME_END: TimeDelta = TimeDelta::minutes(1);

/// The minimum time between two background refreshes of a token, however short its lifetime is.
const SHORTEST: TimeDelta = TimeDelta::seconds(10);

impl Connections {
    pub(super) fn seal(&self, before: &ConnectionRecord, session: &ProviderSession) -> Grant {
        let binding = binding(before);
        let vault = &self.parts.vault;
        let refresh_token = session.refresh_token.as_ref();
        let refreshable = refresh_token.is_some() || before.refreshable;
        Grant {
            access_token: vault.seal(binding, Field::AccessToken, &session.access_token),
            refresh_token: refresh_token
                .map(|token| vault.seal(binding, Field::RefreshToken, token)),
            access_token_expires_at: session.expires_at,
            refresh_token_expires_at: session
                .refresh_token_expires_at
                .map(|at| known_end(at, before.refresh_token_expires_at)),
            refresh_due_at: refreshable.then(|| self.due(before, session)).flatten(),
            scopes: session.scopes.clone(),
        }
    }

    /// When to refresh in the background: before the access token expires, and before the refresh
    /// token expires from disuse.
    fn due(&self, before: &ConnectionRecord, session: &ProviderSession) -> Option<DateTime<Utc>> {
        let now = before.now;
        // If the provider doesn't say when its token expires, the lifetime that it documents.
        let assumed = || assumed_lifetime(before.provider).map(|lifetime| now + lifetime);
        let ahead = session.expires_at.or_else(assumed).map(|ends| {
            // A token with a shorter lifetime is refreshed halfway through it.
            let ahead = self.parts.pacing.refresh_ahead.min((ends - now) / 2);
            // Spread out, so that connections made at one busy moment are not all due at the same
            // time.
            let due = ends - ahead - self.jitter(ahead / 5);
            due.max(now + SHORTEST)
        });
        let ends = session.refresh_token_expires_at.map(|at| (at - now) / 4 * 3);
        let alive = [keep_alive(before.provider), ends].into_iter().flatten().min();
        let alive = alive.map(|keep| now + keep - self.jitter(keep / 10));
        [ahead, alive].into_iter().flatten().min()
    }

    /// A random part of `at_most`.
    pub(super) fn jitter(&self, at_most: TimeDelta) -> TimeDelta {
        let part = i64::from(u16::from_be_bytes(self.parts.random.bytes()));
        TimeDelta::milliseconds(at_most.num_milliseconds() * part / i64::from(u16::MAX))
    }
}

/// The known end, if the new one is the same.
fn known_end(said: DateTime<Utc>, known: Option<DateTime<Utc>>) -> DateTime<Utc> {
    known.filter(|known| (said - *known).abs() <= SAME_END).unwrap_or(said)
}

/// The longest time that a refresh token is left unused: much less than the time after which it
/// expires.
pub(super) fn keep_alive(provider: Provider) -> Option<TimeDelta> {
    refresh_token_idle_limit(provider).map(|limit| limit / 4 * 3)
}

/// The binding under which the tokens of this connection are sealed.
pub(super) fn binding(record: &ConnectionRecord) -> Binding<'static> {
    binding_of(record.key())
}

/// The same for a connection that may not exist yet.
pub(super) fn binding_of(key: ConnectionKey) -> Binding<'static> {
    Binding { user_id: key.user_id, provider: key.provider.as_str() }
}

/// [`Kind::Rotated`] if the session has another refresh token than `sent`.
pub(super) fn kind_of_refresh(session: &ProviderSession, sent: &SecretString) -> Kind {
    match &session.refresh_token {
        Some(new) if new.expose_secret() != sent.expose_secret() => Kind::Rotated,
        _ => Kind::Refreshed,
    }
}
