//! Facebook's deauthorize callback: the user has removed the app. It is a form with
//! `signed_request`: a signature (HMAC-SHA-256 by the app secret) and a JSON object, each in Base64url,
//! joined by a dot.

use base64::{
    Engine,
    alphabet::URL_SAFE,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::Provider;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;

use super::{
    Means, Received, Refused, Signal, SignalId, SigningSecrets, Subject,
    received::{account_id, check_age},
};

/// Older ones are rejected: a callback is sent when the user acts.
const AT_MOST: TimeDelta = TimeDelta::days(1);

const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Verifies and reads Facebook's callbacks.
#[derive(Clone, Debug)]
pub struct Facebook {
    secrets: SigningSecrets,
}

#[derive(Deserialize)]
struct Payload {
    algorithm: Option<String>,
    issued_at: Option<i64>,
    #[serde(default)]
    user_id: Value,
    /// What Facebook's JavaScript SDK puts into its cookie (`fbsr_<app>`) when a user signs in.
    code: Option<IgnoredAny>,
    /// What Facebook sends to a page's tab or a game when a user opens it.
    oauth_token: Option<IgnoredAny>,
}

impl Facebook {
    pub fn new(secrets: SigningSecrets) -> Self {
        Self { secrets }
    }

    /// # Errors
    /// Facebook has not signed it for this app, it is old, or it can't be read.
    pub fn read(&self, body: &[u8], now: DateTime<Utc>) -> Result<Received, Refused> {
        let request = url::form_urlencoded::parse(body)
            .find(|(field, _)| field == "signed_request")
            .map(|(_, value)| value)
            .ok_or(Refused::Malformed("it is not a form with the field signed_request"))?;
        let (mac, payload) =
            request.split_once('.').ok_or(Refused::Malformed("signed_request has no dot"))?;
        let mac = BASE64URL.decode(mac).map_err(|_| Refused::Signature)?;
        self.secrets.check(payload.as_bytes(), &mac)?;
        let payload = BASE64URL
            .decode(payload)
            .ok()
            .and_then(|payload| serde_json::from_slice::<Payload>(&payload).ok())
            .ok_or(Refused::Malformed("signed_request holds no JSON object"))?;
        let is_known = |name: &String| name.eq_ignore_ascii_case("HMAC-SHA256");
        if payload.algorithm.as_ref().is_some_and(|name| !is_known(name)) {
            return Err(Refused::Signature);
        }
        // Signed with the same secret, but not a deauthorization.
        if payload.code.is_some() || payload.oauth_token.is_some() {
            return Err(Refused::Malformed("signed_request is of a sign-in, not of its end"));
        }
        let at = payload.issued_at.and_then(|at| DateTime::from_timestamp(at, 0));
        let at = at.ok_or(Refused::Malformed("signed_request has no issued_at"))?;
        check_age(at, now, AT_MOST)?;
        Ok(Received::Signals(vec![Signal {
            provider: Provider::Facebook,
            subject: Subject::Account(account_id(&payload.user_id)?),
            means: Means::Ended,
            name: "deauthorized",
            at,
            since: at,
            id: SignalId::of("facebook", request.as_bytes()),
        }]))
    }
}
