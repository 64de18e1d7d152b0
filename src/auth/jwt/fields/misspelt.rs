use super::Fields;

/// Every field that is read.
const KNOWN: [&str; 13] = [
    "type",
    "key",
    "jwk_url",
    "claims_namespace",
    "claims_namespace_path",
    "claims_format",
    "claims_map",
    "audience",
    "issuer",
    "allowed_skew",
    "header",
    "signing_key",
    "kid",
];

impl Fields {
    /// An unknown field is harmless in itself; `isuer` is not, because without `issuer` every
    /// issuer is accepted.
    pub(super) fn misspelt(&mut self) {
        let unknown = self.fields.keys().filter(|name| !KNOWN.contains(&name.as_str()));
        let misspelt: Vec<_> =
            unknown.filter_map(|name| Some((name.clone(), meant_by(name)?))).collect();
        for (name, meant) in misspelt {
            self.problem(format!(
                "`{name}` is not a field of a JWT secret: rename it to `{meant}`"
            ));
        }
    }
}

/// The field that a name resembles: it differs by a letter or two, by its case or its underscores,
/// or the name is its prefix, such as `iss` and `aud`.
fn meant_by(name: &str) -> Option<&'static str> {
    let plain = |name: &str| name.replace(['_', '-'], "").to_lowercase();
    let given = plain(name);
    let close = |known: &str| {
        let known = plain(known);
        let distance = strsim::damerau_levenshtein(&given, &known);
        let is_beginning = given.len() >= 3 && known.starts_with(&given);
        let allowed = match known.len() {
            0..4 => 0,
            4..6 => 1,
            _ => 2,
        };
        (distance <= allowed || is_beginning).then_some(distance)
    };
    let near = KNOWN.into_iter().filter_map(|known| Some((known, close(known)?)));
    near.min_by_key(|(_, distance)| *distance).map(|(known, _)| known)
}
