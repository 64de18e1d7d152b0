//! One grant at a provider: its tokens, and what a refresh does to them.

mod scopes;
mod wire;

use std::{collections::VecDeque, fmt};

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;
use uuid::Uuid;

pub(crate) use scopes::Scopes;
pub(crate) use wire::{Issued, empty_provider_session};

use crate::{
    GrantScript, Lifetime, Provider, RefreshAnswer, RefreshTokenScript, RefreshTokenWire, random,
};

/// Names a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct GrantId(Uuid);

impl fmt::Display for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A grant as its provider sees it. It contains live tokens, for tests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GrantView {
    pub id: GrantId,
    pub user_id: Uuid,
    pub provider: Provider,
    /// Whether it can still be used; `revoked_reason` says why not.
    pub alive: bool,
    pub revoked_reason: Option<String>,
    /// How often it was refreshed.
    pub generation: u64,
    pub current_access_token: String,
    /// When the current access token expires. `None`: never.
    pub access_token_expires_at: Option<DateTime<Utc>>,
    pub current_refresh_token: Option<String>,
}

/// Why a provider refuses a refresh; RFC 6749 §5.2 calls all of it `invalid_grant`.
#[derive(Debug)]
pub(crate) struct Refused;

pub(crate) struct Grant {
    pub(crate) id: GrantId,
    pub(crate) user: Uuid,
    pub(crate) provider: Provider,
    /// The account at the provider.
    pub(crate) account: String,
    pub(crate) script: GrantScript,
    pub(crate) scopes: Scopes,
    ended: Option<String>,
    generation: u64,
    access_tokens: Vec<AccessToken>,
    refresh_tokens: Vec<RefreshToken>,
    answers: VecDeque<RefreshAnswer>,
}

/// What a refresh returns in addition to the new access token.
enum Answer {
    Rotated(String),
    Unrotated(Option<RefreshTokenWire>),
}

struct AccessToken {
    value: String,
    expires_at: Option<DateTime<Utc>>,
}

struct RefreshToken {
    value: String,
    superseded_at: Option<DateTime<Utc>>,
}

impl Grant {
    /// A new grant, and the tokens of its first response.
    pub(crate) fn begin(
        user: Uuid,
        provider: Provider,
        account: String,
        script: GrantScript,
        now: DateTime<Utc>,
    ) -> (Self, Issued) {
        let mut grant = Self {
            id: GrantId(random::uuid()),
            user,
            provider,
            account,
            script,
            scopes: Scopes::default(),
            ended: None,
            generation: 0,
            access_tokens: Vec::new(),
            refresh_tokens: Vec::new(),
            answers: VecDeque::new(),
        };
        let refresh_token = (script.refresh_token != RefreshTokenScript::None)
            .then(|| grant.issue_refresh_token(now));
        let issued = Issued::first(script, grant.issue_access_token(now), refresh_token, now);
        (grant, issued)
    }

    /// Uses `sent`, a refresh token of this grant.
    pub(crate) fn refresh(&mut self, sent: &str, now: DateTime<Utc>) -> Result<Issued, Refused> {
        if self.ended.is_some() {
            return Err(Refused);
        }
        let token = self.refresh_tokens.iter().find(|token| token.value == sent).ok_or(Refused)?;
        let answer = match (token.superseded_at, self.script.refresh_token) {
            (None, _) => self.next_answer(now),
            (Some(at), RefreshTokenScript::RotatingWithGrace(grace)) if now < at + grace => {
                // The successor that was already issued: all late callers get the same one.
                Answer::Rotated(self.current_refresh_token().unwrap_or_default())
            }
            (Some(_), RefreshTokenScript::RotatingSingleUse) => {
                self.end("a refresh token was used twice");
                return Err(Refused);
            }
            (Some(_), _) => return Err(Refused),
        };
        self.generation += 1;
        let access_token = self.issue_access_token(now);
        let issued = match answer {
            Answer::Rotated(token) => Issued::first(self.script, access_token, Some(token), now),
            Answer::Unrotated(wire) => Issued::again(self.script, access_token, wire, sent, now),
        };
        Ok(issued.naming(self.scopes.in_answers(self.provider)))
    }

    /// The result of using the current refresh token: as queued, otherwise as scripted.
    fn next_answer(&mut self, now: DateTime<Utc>) -> Answer {
        match (self.answers.pop_front(), self.script.refresh_token) {
            (Some(RefreshAnswer::Unrotated(wire)), _) => Answer::Unrotated(Some(wire)),
            (None, RefreshTokenScript::Stable | RefreshTokenScript::None) => {
                Answer::Unrotated(self.script.unrotated)
            }
            (Some(RefreshAnswer::Rotated) | None, _) => {
                Answer::Rotated(self.issue_refresh_token(now))
            }
        }
    }

    fn issue_refresh_token(&mut self, now: DateTime<Utc>) -> String {
        if let Some(current) = self.refresh_tokens.last_mut() {
            current.superseded_at = Some(now);
        }
        let value = random::token(&format!("sim-rt-{}-", self.provider));
        self.refresh_tokens.push(RefreshToken { value: value.clone(), superseded_at: None });
        value
    }

    /// Older access tokens stay valid until they expire, as at real providers.
    fn issue_access_token(&mut self, now: DateTime<Utc>) -> String {
        let value = random::token(&format!("sim-at-{}-", self.provider));
        self.access_tokens.push(AccessToken {
            value: value.clone(),
            expires_at: match self.script.lifetime {
                Lifetime::Seconds(seconds) => Some(now + Duration::seconds(seconds)),
                Lifetime::Never | Lifetime::ZeroTime => None,
            },
        });
        value
    }

    /// Ends the grant and all of its tokens.
    pub(crate) fn end(&mut self, reason: &str) {
        self.ended.get_or_insert_with(|| reason.to_owned());
    }

    /// Ends the current access token only.
    pub(crate) fn expire_access_token(&mut self, now: DateTime<Utc>) {
        if let Some(token) = self.access_tokens.last_mut() {
            token.expires_at = Some(token.expires_at.map_or(now, |at| at.min(now)));
        }
    }

    /// Whether `access_token` is accepted by the provider's API.
    pub(crate) fn opens(&self, access_token: &str, now: DateTime<Utc>) -> bool {
        self.ended.is_none()
            && self.access_tokens.iter().any(|token| {
                token.value == access_token && token.expires_at.is_none_or(|at| now < at)
            })
    }

    /// Sets the results of the next refreshes, in order.
    pub(crate) fn queue(&mut self, answers: impl IntoIterator<Item = RefreshAnswer>) {
        self.answers.extend(answers);
    }

    /// Every token it ever issued.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = &str> {
        let access = self.access_tokens.iter().map(|token| token.value.as_str());
        let refresh = self.refresh_tokens.iter().map(|token| token.value.as_str());
        access.chain(refresh)
    }

    pub(crate) fn view(&self) -> GrantView {
        let access_token = self.access_tokens.last().expect("a grant begins with one");
        GrantView {
            id: self.id,
            user_id: self.user,
            provider: self.provider,
            alive: self.ended.is_none(),
            revoked_reason: self.ended.clone(),
            generation: self.generation,
            current_access_token: access_token.value.clone(),
            access_token_expires_at: access_token.expires_at,
            current_refresh_token: self.current_refresh_token(),
        }
    }

    fn current_refresh_token(&self) -> Option<String> {
        self.refresh_tokens.last().map(|token| token.value.clone())
    }
}
