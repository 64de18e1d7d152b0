//! What Nhost Auth itself issues, which is refresh tokens and personal access tokens, and the
//! authorization codes of the providers.

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use super::State;
use crate::{GrantScript, Provider, random};

/// How long Nhost Auth's own refresh tokens live, as it is set up by default.
const LIFETIME: Duration = Duration::days(30);

/// One of Nhost Auth's own refresh tokens.
pub(super) struct RefreshToken {
    user: Uuid,
    expires_at: DateTime<Utc>,
}

/// How long a code of a sign-in with PKCE lives.
const CODE_LIFETIME: Duration = Duration::minutes(5);

/// What a sign-in that began with a challenge comes back with.
pub(super) struct SignInCode {
    user: Uuid,
    challenge: String,
    expires_at: DateTime<Utc>,
}

/// What a user agreed to at a provider, until the code is exchanged.
#[derive(Clone, Debug)]
pub(crate) struct Consent {
    pub(crate) provider: Provider,
    pub(crate) account: String,
    pub(crate) script: GrantScript,
}

impl State {
    /// A refresh token of Nhost Auth for `user`.
    pub(crate) fn issue_refresh_token(&mut self, user: Uuid, now: DateTime<Utc>) -> String {
        let token = self.hand_out(random::uuid().to_string());
        let row = RefreshToken { user, expires_at: now + LIFETIME };
        self.sessions.insert(token.clone(), row);
        token
    }

    /// Uses a refresh token up.
    pub(crate) fn redeem_refresh_token(&mut self, token: &str, now: DateTime<Utc>) -> Option<Uuid> {
        let row = self.sessions.remove(token)?;
        (now < row.expires_at).then_some(row.user)
    }

    /// A code for the app, bound to the challenge.
    pub(crate) fn issue_sign_in_code(
        &mut self,
        user: Uuid,
        challenge: &str,
        now: DateTime<Utc>,
    ) -> String {
        let code = self.hand_out(random::token(""));
        let challenge = challenge.to_owned();
        let row = SignInCode { user, challenge, expires_at: now + CODE_LIFETIME };
        self.sign_in_codes.insert(code.clone(), row);
        code
    }

    /// Uses such a code up. Nothing happens to one that another verifier is shown for.
    pub(crate) fn redeem_sign_in_code(
        &mut self,
        code: &str,
        challenge: &str,
        now: DateTime<Utc>,
    ) -> Option<Uuid> {
        self.sign_in_codes.get(code).filter(|row| row.challenge == challenge)?;
        let row = self.sign_in_codes.remove(code)?;
        (now < row.expires_at).then_some(row.user)
    }

    pub(crate) fn issue_personal_access_token(&mut self, user: Uuid) -> Uuid {
        let token = random::uuid();
        self.hand_out(token.to_string());
        self.personal_access_tokens.insert(token, user);
        token
    }

    pub(crate) fn personal_access_token(&self, token: Uuid) -> Option<Uuid> {
        self.personal_access_tokens.get(&token).copied()
    }

    /// An authorization code (RFC 6749 §4.1.2).
    pub(crate) fn issue_code(&mut self, consent: Consent) -> String {
        let code = self.hand_out(random::token(&format!("sim-code-{}-", consent.provider)));
        self.consents.insert(code.clone(), consent);
        code
    }

    /// Uses an authorization code up.
    pub(crate) fn redeem_code(&mut self, provider: Provider, code: &str) -> Option<Consent> {
        self.consents.remove(code).filter(|consent| consent.provider == provider)
    }
}
