//! Faults: what goes wrong at an endpoint, once or until the fault is removed.

use std::time::Duration;

use crate::Provider;

/// A place where calls are counted, held and made to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Endpoint {
    /// `GET /v1/signin/provider/{provider}`
    Signin,
    /// `GET /v1/signup/provider/{provider}`
    Signup,
    /// `POST /v1/link/provider/{provider}`
    Link,
    /// `GET /v1/signin/provider/{provider}/callback`
    SigninCallback,
    /// `GET /v1/signin/provider/{provider}/callback/tokens`
    ProviderTokens,
    /// `POST /v1/token/provider/{provider}`
    RefreshProviderToken,
    /// `POST /v1/token/provider/{provider}` with a provider that doesn't exist, by which a client
    /// checks whether its JWT is accepted.
    JwtCheck,
    /// `POST /v1/token`
    Token,
    /// `POST /v1/token/exchange`
    TokenExchange,
    /// `POST /v1/signin/pat`
    Pat,
    /// `GET /v1/.well-known/jwks.json`
    Jwks,
    /// `GET /v1/.well-known/openid-configuration`
    OpenidConfiguration,
    /// `GET /v1/healthz`
    Healthz,
    /// `GET /v1/version`
    Version,
    /// `POST /graphql/v1`
    Graphql,
    /// `POST /providers/{provider}/token`
    ProviderToken,
    /// `POST` and `DELETE /providers/{provider}/revoke`
    ProviderRevoke,
    /// `GET /providers/{provider}/userinfo`
    Userinfo,
    /// `GET` and `POST /providers/{provider}/tokeninfo`
    Tokeninfo,
}

impl Endpoint {
    /// Whether Nhost Auth serves it, and counts its calls.
    pub(crate) fn is_nhost_auths(self) -> bool {
        self != Self::Graphql && !self.is_providers_own()
    }

    /// Whether it belongs to a provider rather than to Nhost Auth.
    pub(crate) fn is_providers_own(self) -> bool {
        matches!(
            self,
            Self::ProviderToken | Self::ProviderRevoke | Self::Userinfo | Self::Tokeninfo
        )
    }
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This response, without any work.
    Status { status: u16, body: String, content_type: String },
    /// 429 with an empty body and no `Retry-After`, as Nhost Auth does it.
    RateLimited,
    /// 500 in the shape of Nhost Auth's last resort: `{"errors":…}`, plural.
    InternalServerError,
    /// A proxy's HTML page with this status.
    Html(u16),
    /// This status, with an empty body.
    Empty(u16),
    /// 200 with a body that is not JSON.
    Garbage,
    /// 200 with a JSON string this many bytes long.
    Huge(usize),
    /// Does the work, then delays the response by this long.
    Slow(Duration),
    /// Does the work, sends the head, then one space every 50 ms without end.
    Trickle,
    /// Does the work, then drops the connection without a response.
    LostAfterWork,
    /// Drops the connection before any work.
    Disconnect,
    /// A provider's rejection: 400 `oauth-provider-error` through Nhost Auth, 400 `invalid_grant`
    /// at the provider itself. The grant is not changed.
    RefuseProvider,
    /// The provider's own error (RFC 6749 §5.2) with this code: 401 for `invalid_client`, otherwise
    /// 400.
    OauthError(String),
}

impl Fault {
    /// A response of Nhost Auth's endpoints with this status and code.
    pub fn nhost(status: u16, error: &str) -> Self {
        Self::Status {
            status,
            body: serde_json::json!({ "status": status, "error": error, "message": error })
                .to_string(),
            content_type: "application/json".to_owned(),
        }
    }

    /// A JSON response.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::Status { status, body: body.to_string(), content_type: "application/json".to_owned() }
    }
}

/// The queued faults.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    endpoint: Endpoint,
    provider: Option<Provider>,
    fault: Fault,
    once: bool,
}

impl Faults {
    /// Queues `fault` for the next call.
    pub(crate) fn once(&mut self, endpoint: Endpoint, provider: Option<Provider>, fault: Fault) {
        self.0.push(Rule { endpoint, provider, fault, once: true });
    }

    /// Makes every call fail that no queued fault applies to.
    pub(crate) fn always(&mut self, endpoint: Endpoint, provider: Option<Provider>, fault: Fault) {
        self.0.retain(|rule| rule.once || rule.endpoint != endpoint || rule.provider != provider);
        self.0.push(Rule { endpoint, provider, fault, once: false });
    }

    pub(crate) fn heal(&mut self, endpoint: Endpoint) {
        self.0.retain(|rule| rule.endpoint != endpoint);
    }

    pub(crate) fn heal_all(&mut self) {
        self.0.clear();
    }

    /// The fault of this call: a queued one first, then one for this provider, then one for all.
    pub(crate) fn take(&mut self, endpoint: Endpoint, provider: Option<Provider>) -> Option<Fault> {
        let fits = |rule: &Rule| {
            rule.endpoint == endpoint && (rule.provider.is_none() || rule.provider == provider)
        };
        if let Some(at) = self.0.iter().position(|rule| rule.once && fits(rule)) {
            return Some(self.0.remove(at).fault);
        }
        self.0
            .iter()
            .filter(|rule| fits(rule))
            .max_by_key(|rule| rule.provider.is_some())
            .map(|rule| rule.fault.clone())
    }
}
