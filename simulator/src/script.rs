//! How a grant behaves: what the provider issues, and how it is written on the wire.

use chrono::Duration;

/// The lifetime of an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// This many seconds.
    Seconds(i64),
    /// It doesn't expire; Nhost Auth writes `expiresIn: 0` and `expiresAt` about now (a GitHub
    /// OAuth App).
    Never,
    /// It doesn't expire; Nhost Auth writes `expiresIn: 0` and the zero time `0001-01-01T00:00:00Z`
    /// (OAuth 1).
    ZeroTime,
}

/// What happens to the refresh token when it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshTokenScript {
    /// There is none.
    None,
    /// The same one stays valid.
    Stable,
    /// Each use yields a new one, after which the old one is rejected.
    Rotating,
    /// Each use yields a new one; an old one that is used again ends the whole grant.
    RotatingSingleUse,
    /// Each use yields a new one; an old one stays valid for this long, and yields the successor
    /// that was already issued.
    RotatingWithGrace(Duration),
}

/// How a response says that it has no (new) refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefreshTokenWire {
    /// The field is missing.
    Omitted,
    /// The field is `null`.
    Null,
    /// The field is `""`.
    Empty,
    /// The field repeats the one that was sent. In a first response, where none was sent: `""`.
    Same,
}

/// The result of one refresh, instead of the scripted one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshAnswer {
    /// A new refresh token.
    Rotated,
    /// No new one, written like this.
    Unrotated(RefreshTokenWire),
}

/// The behaviour of one grant. The default: an hour, and a stable refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantScript {
    pub lifetime: Lifetime,
    pub refresh_token: RefreshTokenScript,
    /// How the provider session says that there is no refresh token.
    pub absent: RefreshTokenWire,
    /// How a refresh says that the refresh token stays the same. `None`: as the real ones do,
    /// `Same` through Nhost Auth, `Omitted` at the provider itself.
    pub unrotated: Option<RefreshTokenWire>,
    /// Leaves `expiresAt` out.
    pub expires_in_only: bool,
    /// `expiresAt` is off by this much; `expiresIn` and the token's real expiry are not.
    pub skew: Duration,
    /// The provider's own responses say that the refresh token expires in this many seconds
    /// (`refresh_token_expires_in`). It does not really expire.
    pub refresh_token_expires_in: Option<i64>,
}

impl Default for GrantScript {
    fn default() -> Self {
        Self {
            lifetime: Lifetime::Seconds(3600),
            refresh_token: RefreshTokenScript::Stable,
            absent: RefreshTokenWire::Empty,
            unrotated: None,
            expires_in_only: false,
            skew: Duration::zero(),
            refresh_token_expires_in: None,
        }
    }
}

impl GrantScript {
    fn with(refresh_token: RefreshTokenScript) -> Self {
        Self { refresh_token, ..Self::default() }
    }

    /// An hour, and a stable refresh token.
    pub fn stable() -> Self {
        Self::default()
    }

    /// A new refresh token with each refresh; the old one is rejected.
    pub fn rotating() -> Self {
        Self::with(RefreshTokenScript::Rotating)
    }

    /// A new refresh token with each refresh; reuse of an old one ends the grant.
    pub fn rotating_single_use() -> Self {
        Self::with(RefreshTokenScript::RotatingSingleUse)
    }

    /// A new refresh token with each refresh; the old one stays valid for `grace`.
    pub fn rotating_with_grace(grace: Duration) -> Self {
        Self::with(RefreshTokenScript::RotatingWithGrace(grace))
    }

    /// An hour, and no refresh token.
    pub fn no_refresh_token() -> Self {
        Self::with(RefreshTokenScript::None)
    }

    /// An access token that never expires and can't be refreshed (a GitHub OAuth App).
    pub fn never_expires() -> Self {
        Self { lifetime: Lifetime::Never, ..Self::no_refresh_token() }
    }

    /// OAuth 1 (`twitter`): no expiry, written as the zero time, and no refresh token at all.
    pub fn oauth1() -> Self {
        Self {
            lifetime: Lifetime::ZeroTime,
            absent: RefreshTokenWire::Omitted,
            ..Self::no_refresh_token()
        }
    }

    /// Access tokens live this many seconds.
    #[must_use]
    pub fn lifetime(mut self, seconds: i64) -> Self {
        self.lifetime = Lifetime::Seconds(seconds);
        self
    }

    /// The provider's own answers say that the refresh token lives this many seconds.
    #[must_use]
    pub fn refresh_token_expires_in(mut self, seconds: i64) -> Self {
        self.refresh_token_expires_in = Some(seconds);
        self
    }

    /// How the first answer says that there is no refresh token.
    #[must_use]
    pub fn absent(mut self, wire: RefreshTokenWire) -> Self {
        self.absent = wire;
        self
    }

    /// How a refresh says that the refresh token stays as it is.
    #[must_use]
    pub fn unrotated(mut self, wire: RefreshTokenWire) -> Self {
        self.unrotated = Some(wire);
        self
    }

    /// Leaves `expiresAt` out of every answer.
    #[must_use]
    pub fn expires_in_only(mut self) -> Self {
        self.expires_in_only = true;
        self
    }

    /// Puts `expiresAt` this many seconds later (or, negative, earlier) than `expiresIn` says.
    #[must_use]
    pub fn skew(mut self, seconds: i64) -> Self {
        self.skew = Duration::seconds(seconds);
        self
    }
}
