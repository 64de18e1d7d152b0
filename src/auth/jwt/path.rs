use serde_json::Value;

/// Where a value is in the payload of a token, as Hasura writes it: `$`, `$.a.b[0]`,
/// `$['https://example.com/claims'].x-hasura-role`.
///
/// Names may hold letters, digits, `-`, `_` and `$` (`Data/Parser/JSONPath.hs` of Hasura v2), and in
/// brackets and quotes whatever they like; this is less than RFC 9535 has, and `-` is more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct JsonPath(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(usize),
}

impl JsonPath {
    /// `None`: this is no such path.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut rest = text.strip_prefix('$')?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, behind) = Step::parse(rest)?;
            steps.push(step);
            rest = behind;
        }
        Some(Self(steps))
    }

    /// The value there, if there is one.
    pub(super) fn find<'a>(&self, payload: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(payload, |value, step| match step {
            Step::Name(name) => value.get(name),
            Step::Index(index) => value.get(index),
        })
    }
}

impl Step {
    /// The first step of `text`, and what is behind it.
    fn parse(text: &str) -> Option<(Self, &str)> {
        if let Some(text) = text.strip_prefix('.') {
            let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '$');
            let length = text.find(|c| !is_name(c)).unwrap_or(text.len());
            let (name, behind) = text.split_at(length);
            return (!name.is_empty()).then(|| (Self::Name(name.to_owned()), behind));
        }
        let text = text.strip_prefix('[')?;
        if let Some(quote) = text.chars().next().filter(|c| matches!(c, '\'' | '"')) {
            let (name, behind) = text[1..].split_once(quote)?;
            return Some((Self::Name(name.to_owned()), behind.strip_prefix(']')?));
        }
        let (index, behind) = text.split_once(']')?;
        let digits = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| Some((Self::Index(index.parse().ok()?), behind)))?
    }
}
