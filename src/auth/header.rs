use http::{HeaderMap, HeaderName, HeaderValue, header::AsHeaderName};

pub(super) const SERVICE_SECRET: HeaderName = HeaderName::from_static("x-service-secret");
pub(super) const ROLE: HeaderName = HeaderName::from_static("x-hasura-role");
pub(super) const USER_ID: HeaderName = HeaderName::from_static("x-hasura-user-id");

/// The value of a header that may occur once. A second one is an error, because a proxy and this
/// server might choose different ones.
pub(super) fn single<E>(
    headers: &HeaderMap,
    name: impl AsHeaderName,
    repeated: E,
) -> Result<Option<&HeaderValue>, E> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() { Err(repeated) } else { Ok(first) }
}
