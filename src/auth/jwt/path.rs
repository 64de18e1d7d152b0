use serde_json::Value;

/// Where a value is in the payload of a token, in Hasura's grammar (`Data/Parser/JSONPath.hs` of
/// Hasura v2): `$` alone, or steps behind an optional `$`. A step is a name, an index in brackets or
/// a quoted name in brackets, each behind an optional dot: `$.a.b[0]`, `a.b`,
/// `$.['https://example.com/claims']["x-hasura-role"]`.
///
/// Names begin with a letter or `_`, and have letters, digits, `-` and `_`. Quotes are single or
/// double, and in them a backslash makes the next character plain.
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
        let mut rest = text.strip_prefix('$').unwrap_or(text);
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, behind) = Step::parse(rest)?;
            steps.push(step);
            rest = behind;
        }
        // An empty text isn't a path; the whole payload is `$`.
        (!text.is_empty()).then_some(Self(steps))
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
        let text = text.strip_prefix('.').unwrap_or(text);
        match text.strip_prefix('[') {
            Some(text) => Self::in_brackets(text),
            None => Self::name(text),
        }
    }

    fn name(text: &str) -> Option<(Self, &str)> {
        if !text.starts_with(|first: char| first.is_alphabetic() || first == '_') {
            return None;
        }
        let is_name = |c: char| c.is_alphabetic() || c.is_ascii_digit() || matches!(c, '-' | '_');
        let (name, behind) = text.split_at(text.find(|c| !is_name(c)).unwrap_or(text.len()));
        Some((Self::Name(name.to_owned()), behind))
    }

    fn in_brackets(text: &str) -> Option<(Self, &str)> {
        if let Some(quote) = text.chars().next().filter(|c| matches!(c, '\'' | '"')) {
            let (name, behind) = unquoted(&text[1..], quote)?;
            return Some((Self::Name(name), behind.strip_prefix(']')?));
        }
        let (index, behind) = text.split_once(']')?;
        let digits = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| Some((Self::Index(index.parse().ok()?), behind)))?
    }
}

/// What is before the closing quote, with its escapes resolved, and what is behind it.
fn unquoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => name.push(letters.next()?.1),
            _ if letter == quote => return Some((name, &text[at + 1..])),
            _ => name.push(letter),
        }
    }
    None
}
