//! Each provider's message, in the shape that its documentation describes; `docs/signals.md` links
//! to it.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, Header};
use serde_json::{Map, Value, json};

use super::{SignalMessage, SignalSecrets, hexadecimal};
use crate::{GrantId, Provider, Simulator, account::account_id, random};

/// What Google's discovery document and tokens say.
pub(crate) const RISC_ISSUER: &str = "https://accounts.google.com/";

impl Simulator {
    /// The provider's id of an account, as its user-info endpoint says it.
    pub fn account_id(&self, provider: Provider, account: &str) -> String {
        account_id(provider, account)
    }

    /// What the provider of a grant sends when the user takes the grant back. `None`: it sends
    /// nothing.
    ///
    /// # Panics
    /// When the grant is another simulator's.
    pub fn signal_revoked(&self, grant: GrantId) -> Option<SignalMessage> {
        let (provider, account) = {
            let state = self.state();
            let grant = state.grant(grant).expect("the grant is this simulator's");
            (grant.provider, grant.account.clone())
        };
        let id = account_id(provider, &account);
        Some(match provider {
            Provider::Google => self.google_signal("tokens-revoked", &id),
            Provider::Github => self.github_signal(&id, random::uuid().to_string()),
            Provider::Facebook => self.facebook_signal(&id),
            Provider::Discord => self.discord_signal(&id),
            Provider::Twitch => self.twitch_signal(&id),
            Provider::Strava => self.strava_signal(&id),
            _ => return None,
        })
    }

    /// Google's security event token of an account: `sessions-revoked`, `account-disabled` …
    pub fn google_signal(&self, event: &str, account_id: &str) -> SignalMessage {
        let subject = json!({ "subject_type": "iss-sub", "iss": RISC_ISSUER, "sub": account_id });
        self.google_event(event, &json!({ "subject": subject }))
    }

    /// The same with whatever the event says.
    pub fn google_event(&self, event: &str, says: &Value) -> SignalMessage {
        let kind = if event.starts_with("token") { "oauth" } else { "risc" };
        let event = format!("https://schemas.openid.net/secevent/{kind}/event-type/{event}");
        self.google_token(&json!({
            "iss": RISC_ISSUER,
            "aud": SignalSecrets::GOOGLE_CLIENT_ID,
            "iat": self.now().timestamp(),
            "jti": random::uuid(),
            "events": { event: says },
        }))
    }

    /// Whatever claims, signed by Google.
    ///
    /// # Panics
    /// Never: claims are JSON, and the key is RSA.
    pub fn google_token(&self, claims: &Value) -> SignalMessage {
        let keys = self.signal_keys().google();
        let mut header = Header::new(Algorithm::RS256);
        header.kid = keys.kid().map(str::to_owned);
        header.typ = Some("secevent+jwt".to_owned());
        let token = jsonwebtoken::encode(&header, claims, keys.encoding());
        SignalMessage::new("application/secevent+jwt", token.expect("claims can be signed"))
    }

    /// Google signs with another key from now on, and publishes that one alone.
    pub fn rotate_google_signal_key(&self) {
        self.signal_keys().rotate_google();
    }

    /// What `/providers/google/risc-keys` publishes.
    pub fn google_signal_keys(&self) -> Value {
        self.signal_keys().google().jwks()
    }

    /// The public half of Google's key in PEM.
    pub fn google_signal_public_key(&self) -> String {
        let secret = self.signal_keys().google().secret(None);
        secret["key"].as_str().unwrap_or_default().to_owned()
    }

    /// GitHub's webhook `github_app_authorization`.
    pub fn github_signal(&self, account_id: &str, delivery: String) -> SignalMessage {
        let body = json!({
            "action": "revoked",
            "sender": { "login": "ada", "id": numeric(account_id), "type": "User" },
        })
        .to_string();
        let mac = mac(SignalSecrets::GITHUB, body.as_bytes());
        SignalMessage::new("application/json", body)
            .with("x-github-event", "github_app_authorization")
            .with("x-github-delivery", delivery)
            .with("x-hub-signature-256", format!("sha256={}", hexadecimal(&mac)))
    }

    /// Facebook's deauthorize callback.
    pub fn facebook_signal(&self, account_id: &str) -> SignalMessage {
        self.facebook_payload(&json!({
            "algorithm": "HMAC-SHA256",
            "issued_at": self.now().timestamp(),
            "user_id": account_id,
        }))
    }

    /// Whatever payload, signed by Facebook.
    pub fn facebook_payload(&self, payload: &Value) -> SignalMessage {
        let payload = URL_SAFE_NO_PAD.encode(payload.to_string());
        let mac = URL_SAFE_NO_PAD.encode(mac(SignalSecrets::FACEBOOK, payload.as_bytes()));
        let request = format!("{mac}.{payload}");
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("signed_request", &request)
            .finish();
        SignalMessage::new("application/x-www-form-urlencoded", body)
    }

    /// Discord's webhook event.
    pub fn discord_signal(&self, account_id: &str) -> SignalMessage {
        let event = json!({
            "type": "APPLICATION_DEAUTHORIZED",
            "timestamp": self.now(),
            "data": { "user": { "id": account_id, "username": "ada" } },
        });
        self.discord_payload(1, &event)
    }

    /// Discord's ping, which wants 204.
    pub fn discord_ping(&self) -> SignalMessage {
        self.discord_payload(0, &Value::Null)
    }

    fn discord_payload(&self, kind: u8, event: &Value) -> SignalMessage {
        let mut payload =
            Map::from_iter([("version".to_owned(), 1.into()), ("type".to_owned(), kind.into())]);
        payload.insert("application_id".to_owned(), "1234560123453231555".into());
        if !event.is_null() {
            payload.insert("event".to_owned(), event.clone());
        }
        let body = Value::from(payload).to_string();
        let timestamp = self.now().timestamp().to_string();
        let signature = self.signal_keys().discord().sign(format!("{timestamp}{body}").as_bytes());
        SignalMessage::new("application/json", body)
            .with("x-signature-ed25519", hexadecimal(signature.as_ref()))
            .with("x-signature-timestamp", timestamp)
    }

    /// The key that Discord shows in its developer portal.
    pub fn discord_public_key(&self) -> String {
        self.signal_keys().discord_public()
    }

    /// Twitch's notification `user.authorization.revoke`.
    pub fn twitch_signal(&self, account_id: &str) -> SignalMessage {
        let body = json!({
            "subscription": { "type": "user.authorization.revoke", "version": "1" },
            "event": { "client_id": "simulator-client", "user_id": account_id, "user_login": "ada" },
        });
        self.twitch_message("notification", &body)
    }

    /// Twitch's challenge, which is to be answered as it is.
    pub fn twitch_challenge(&self, challenge: &str) -> SignalMessage {
        let body = json!({
            "challenge": challenge,
            "subscription": { "type": "user.authorization.revoke", "version": "1" },
        });
        self.twitch_message("webhook_callback_verification", &body)
    }

    fn twitch_message(&self, kind: &str, body: &Value) -> SignalMessage {
        let (id, at, body) = (random::uuid(), self.now().to_rfc3339(), body.to_string());
        let mac = mac(SignalSecrets::TWITCH, format!("{id}{at}{body}").as_bytes());
        SignalMessage::new("application/json", body)
            .with("twitch-eventsub-message-id", id)
            .with("twitch-eventsub-message-timestamp", at)
            .with("twitch-eventsub-message-type", kind)
            .with("twitch-eventsub-message-signature", format!("sha256={}", hexadecimal(&mac)))
    }

    /// Strava's event, which nobody signs.
    pub fn strava_signal(&self, account_id: &str) -> SignalMessage {
        let body = json!({
            "aspect_type": "update",
            "event_time": self.now().timestamp(),
            "object_id": numeric(account_id),
            "object_type": "athlete",
            "owner_id": numeric(account_id),
            "subscription_id": 120_475,
            "updates": { "authorized": "false" },
        });
        SignalMessage::new("application/json", body.to_string())
    }
}

/// As who has numbers for ids writes one.
fn numeric(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| id.into(), Value::from)
}

fn mac(secret: &str, message: &[u8]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::sign(&key, message).as_ref().to_vec()
}
