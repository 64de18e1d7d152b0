use axum::http::{HeaderMap, header};

/// Whether `Accept-Encoding` includes gzip, or anything, with a weight above zero (RFC 9110,
/// section 12.5.3).
pub fn takes_gzip(headers: &HeaderMap) -> bool {
    let weight = |coding: &str| {
        headers
            .get_all(header::ACCEPT_ENCODING)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .find_map(|part| {
                let mut part = part.split(';').map(str::trim);
                part.next()?.eq_ignore_ascii_case(coding).then_some(())?;
                let q = part.find_map(|of| of.strip_prefix("q="));
                Some(q.map_or(1.0, |q| q.parse::<f32>().unwrap_or(0.0)))
            })
    };
    weight("gzip").or_else(|| weight("*")).is_some_and(|weight| weight > 0.0)
}
