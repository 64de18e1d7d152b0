use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::{Map, Value};

use super::origin::Page;

/// Shows that no page of another site made the browser send its cookies. Pages can't add it to a
/// WebSocket's request, but the `Origin` of that request shows the same.
const REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");

/// The headers that authenticate the caller: those of the request, overridden by those that a
/// client put into the payload of `connection_init` because it can't send any. `None`: a value
/// can't be a header.
pub fn of_connection(
    mut headers: HeaderMap,
    page: Page,
    payload: Option<&Map<String, Value>>,
) -> Option<HeaderMap> {
    headers.remove(REQUESTED_WITH);
    match page {
        Page::Known | Page::Absent => {
            headers.insert(REQUESTED_WITH, HeaderValue::from_static("WebSocket"));
        }
        // The browser sends cookies whichever page triggered the request.
        Page::Any | Page::Foreign => {
            headers.remove(header::COOKIE);
        }
    }
    let payload = payload.into_iter();
    for fields in payload.clone().chain(payload.filter_map(|of| of.get("headers")?.as_object())) {
        for (name, value) in fields {
            let Some(value) = value.as_str() else { continue };
            let Ok(name) = HeaderName::try_from(name.as_str()) else { continue };
            headers.insert(name, HeaderValue::from_str(value).ok()?);
        }
    }
    Some(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_cookie() -> HeaderMap {
        HeaderMap::from_iter([
            (header::COOKIE, HeaderValue::from_static("session=jwt")),
            (header::AUTHORIZATION, HeaderValue::from_static("of the request")),
        ])
    }

    #[test]
    fn a_cookie_that_any_page_made_the_browser_send_is_not_looked_at() {
        let payload = serde_json::json!({ "x-requested-with": "XMLHttpRequest" });
        let headers = of_connection(with_cookie(), Page::Any, payload.as_object()).unwrap();
        assert!(!headers.contains_key(header::COOKIE));
        let headers = of_connection(with_cookie(), Page::Known, None).unwrap();
        assert!(headers.contains_key(header::COOKIE) && headers.contains_key(REQUESTED_WITH));
    }

    #[test]
    fn the_payload_goes_before_the_request() {
        let payload = serde_json::json!({ "headers": { "Authorization": "of the payload" } });
        let headers = of_connection(with_cookie(), Page::Absent, payload.as_object()).unwrap();
        assert_eq!(headers[header::AUTHORIZATION], "of the payload");
        assert_eq!(headers.get_all(header::AUTHORIZATION).iter().count(), 1);
    }
}
