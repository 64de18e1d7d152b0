//! Form encoding (`application/x-www-form-urlencoded`) for forms whose fields aren't known in
//! advance.

use std::collections::HashMap;

/// The fields of a form; of several with one name, the last counts.
pub(super) fn parse(body: &[u8]) -> HashMap<String, String> {
    url::form_urlencoded::parse(body).into_owned().collect()
}

/// `pairs` as a form.
pub(super) fn write<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
