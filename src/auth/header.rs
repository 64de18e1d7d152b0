use http::{HeaderMap, HeaderValue};

pub(super) const AUTHORIZATION: &str = "authorization";
pub(super) const SERVICE_SECRET: &str = "x-service-secret";
pub(super) const ROLE: &str = "x-hasura-role";
pub(super) const USER_ID: &str = "x-hasura-user-id";

/// The value of a header that may occur once. A second one is an error, because a proxy and this
/// server might choose different ones.
pub(super) fn single<'a, E>(
    headers: &'a HeaderMap,
    name: &str,
    repeated: E,
) -> Result<Option<&'a HeaderValue>, E> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() { Err(repeated) } else { Ok(first) }
}
