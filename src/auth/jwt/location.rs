use cookie::Cookie;
use http::{
    HeaderMap, HeaderName,
    header::{AUTHORIZATION, COOKIE},
};

use crate::auth::{AuthError, header};

/// Headers that a page of another origin can't send without being allowed to (Fetch standard,
/// CORS-safelisted request headers). One of them together with a cookie shows that no such page
/// made the browser send it.
const NOT_FROM_ANOTHER_PAGE: [HeaderName; 3] = [
    HeaderName::from_static("x-requested-with"),
    header::ROLE,
    HeaderName::from_static("apollo-require-preflight"),
];

const MALFORMED_COOKIE: AuthError = AuthError::invalid(
    "Could not find the JWT's cookie in the Cookie header: send the cookie once, in the format \
     that browsers use",
);
const MALFORMED_CUSTOM: AuthError = AuthError::invalid(
    "Malformed JWT header: send the header that this server's JWT secret names exactly once, with \
     the access token",
);

/// Where requests carry their token: `header` of the JWT secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Location {
    /// `{"type":"Authorization"}`, the default: `Authorization: Bearer <token>`.
    Authorization,
    /// `{"type":"Cookie","name":"…"}`.
    Cookie(String),
    /// `{"type":"CustomHeader","name":"…"}`: the token, with `Bearer` before it or without.
    CustomHeader(HeaderName),
}

impl Location {
    /// The token of a request, if it has one here.
    pub(super) fn token<'a>(&self, headers: &'a HeaderMap) -> Result<Option<&'a str>, AuthError> {
        match self {
            Self::Authorization => bearer(headers),
            Self::Cookie(name) => cookie(headers, name),
            Self::CustomHeader(name) => {
                let value = header::single(headers, name, MALFORMED_CUSTOM)?;
                let Some(value) = value else { return Ok(None) };
                let text = value.to_str().map_err(|_| MALFORMED_CUSTOM)?.trim();
                Ok(Some(after_bearer(text).unwrap_or(text)).filter(|token| !token.is_empty()))
            }
        }
    }

    /// Everything here that could be taken for the token, even if [`Self::token`] refuses to
    /// choose.
    pub(super) fn every_token<'a>(&self, headers: &'a HeaderMap) -> Vec<&'a str> {
        let texts = |name: &HeaderName| {
            let values = headers.get_all(name).into_iter();
            values.filter_map(|value| std::str::from_utf8(value.as_bytes()).ok())
        };
        match self {
            Self::Authorization => texts(&AUTHORIZATION).flat_map(words).collect(),
            Self::CustomHeader(name) => texts(name).flat_map(words).collect(),
            Self::Cookie(name) => texts(&COOKIE)
                .flat_map(|text| text.split(';'))
                .filter_map(|cookie| cookie.split_once('='))
                .filter(|(of, _)| of.trim() == name)
                .map(|(_, value)| value.trim().trim_matches('"'))
                .collect(),
        }
    }

    /// What a request without a token is told.
    pub(super) fn missing(&self) -> AuthError {
        match self {
            Self::Authorization => AuthError::MISSING,
            Self::Cookie(_) => AuthError::MISSING_COOKIE,
            Self::CustomHeader(_) => AuthError::MISSING_CUSTOM,
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', '\t', ',']).filter(|word| !word.is_empty())
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>, AuthError> {
    let value = header::single(headers, AUTHORIZATION, AuthError::MALFORMED_HEADER)?;
    let Some(value) = value else { return Ok(None) };
    let value = value.to_str().map_err(|_| AuthError::MALFORMED_HEADER)?.trim();
    if value.is_empty() {
        return Ok(None);
    }
    let token = after_bearer(value).ok_or(AuthError::MALFORMED_HEADER)?;
    Ok(Some(token).filter(|token| !token.is_empty()))
}

/// RFC 9110, 11.4: the scheme in any case, then spaces, then the token.
fn after_bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A browser sends a cookie whoever made it ask: alone it does not show that the user's app did.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, AuthError> {
    let mut found = None;
    // HTTP/2 may split the header (RFC 9113, 8.2.3).
    for value in headers.get_all(COOKIE) {
        let text = value.to_str().map_err(|_| MALFORMED_COOKIE)?;
        let named = Cookie::split_parse(text).flatten().filter(|cookie| cookie.name() == name);
        for cookie in named {
            let token = cookie.value_raw().ok_or(MALFORMED_COOKIE)?;
            // Two of one name: which is the app's is for the browser's paths to say, not for us.
            if found.replace(token).is_some() {
                return Err(MALFORMED_COOKIE);
            }
        }
    }
    let Some(token) = found.filter(|token| !token.is_empty()) else { return Ok(None) };
    if NOT_FROM_ANOTHER_PAGE.iter().any(|name| headers.contains_key(name)) {
        Ok(Some(token))
    } else {
        Err(AuthError::CROSS_SITE)
    }
}
