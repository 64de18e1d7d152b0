use axum::http::{HeaderMap, HeaderValue, header};

use crate::config::FrameAncestors;

/// The headers of every page, whoever serves it: what it may load and run (`policy`, the directives
/// of a Content-Security-Policy besides `default-src 'none'`), and who may frame it.
///
/// # Panics
/// `policy` has what can't be in a header: a line break, say.
pub fn page_headers(policy: &str, frame_ancestors: &FrameAncestors) -> HeaderMap {
    let FrameAncestors(origins) = frame_ancestors;
    let ancestors = if origins.is_empty() {
        "'none'".to_owned()
    } else {
        let origins: Vec<_> = origins.iter().filter_map(|origin| origin.to_str().ok()).collect();
        origins.join(" ")
    };
    let policy = format!(
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}; \
         {policy}"
    );
    let policy = HeaderValue::from_str(&policy).expect("a policy is one line of ASCII");
    let mut headers = HeaderMap::from_iter([
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ]);
    // For browsers without frame-ancestors. It can't allow a specific origin.
    if origins.is_empty() {
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    headers
}

/// A value that is safe in a script: it contains no `</script>` that would end the script.
pub fn for_script(value: &serde_json::Value) -> String {
    value.to_string().replace('<', "\\u003c")
}
