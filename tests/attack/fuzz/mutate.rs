use serde_json::{Value, json};

use crate::harness::Seeded;

/// Words that parsers and the schema know, and what is at the edge of what they take.
const WORDS: [&str; 62] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    "!",
    "=",
    "@",
    "|",
    "&",
    "$",
    "...",
    "\"",
    "\"\"\"",
    "#",
    "\\",
    "\\u",
    "\\u{",
    "\\uD800",
    "\u{feff}",
    "\u{0}",
    "\u{7f}",
    "\u{1F600}",
    "\n",
    "\r",
    ",",
    "-",
    "0",
    "-0",
    "1e999",
    "2147483648",
    "9223372036854775808",
    "0.1",
    "null",
    "true",
    "on",
    "query",
    "mutation",
    "subscription",
    "fragment",
    "fragment F on Query {...F}",
    "...F",
    "schema",
    "extend",
    "type X {a:b}",
    "__typename",
    "__schema{types{name}}",
    "__type(name:\"Query\")",
    "@skip(if:true)",
    "@include(if:$a)",
    "@deprecated",
    "providerConnections",
    "accessToken(minValidFor:0)",
    "google",
    "$a: Int = 1",
    "$a",
    "[[",
    "{a:{a:",
    "userId:\"",
    "events(first:101)",
];

/// Changes texts at random; the same each time for the same seed.
pub struct Mutator(Seeded);

impl Mutator {
    pub fn new(seed: u64) -> Self {
        Self(Seeded::new(seed))
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.0.below(u64::try_from(end.max(1)).unwrap())).unwrap()
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// A few changes, one after the other.
    pub fn text(&mut self, text: &str, others: &[String]) -> String {
        let mut text = text.to_owned();
        for _ in 0..=self.below(4) {
            text = self.change(&text, others);
        }
        text
    }

    fn change(&mut self, text: &str, others: &[String]) -> String {
        let (start, end) = self.range(text);
        let (before, part, after) = (&text[..start], &text[start..end], &text[end..]);
        match self.below(8) {
            0 => format!("{before}{after}"),
            1 => format!("{before}{part}{part}{after}"),
            2 => format!("{before}{}{after}", part.repeat(1 + self.below(200))),
            3 => format!("{before}{}{part}{after}", self.pick(&WORDS)),
            4 => format!("{before}{}{after}", self.pick(&WORDS)),
            5 => format!("{before}{}{after}", self.pick(&WORDS).repeat(1 + self.below(300))),
            6 => {
                let other = self.pick(others).clone();
                let (start, end) = self.range(&other);
                format!("{before}{}{after}", &other[start..end])
            }
            _ => {
                let any = char::from(u8::try_from(self.below(128)).unwrap());
                format!("{before}{any}{after}")
            }
        }
    }

    /// A part of the text, mostly a short one.
    fn range(&mut self, text: &str) -> (usize, usize) {
        let at = |position: usize| {
            let position = position.min(text.len());
            (position..=text.len()).find(|index| text.is_char_boundary(*index)).unwrap()
        };
        let start = self.below(text.len() + 1);
        let longest = if self.below(4) == 0 { text.len() } else { 12 };
        let length = self.below(longest + 1);
        (at(start), at(start + length))
    }

    /// Changes one value somewhere in JSON.
    pub fn json(&mut self, value: &mut Value) {
        match value {
            Value::Array(values) if !values.is_empty() && self.below(4) > 0 => {
                let index = self.below(values.len());
                self.json(&mut values[index]);
            }
            Value::Object(fields) if !fields.is_empty() && self.below(4) > 0 => {
                let index = self.below(fields.len());
                self.json(fields.values_mut().nth(index).unwrap());
            }
            _ => *value = self.value(),
        }
    }

    fn value(&mut self) -> Value {
        let deep = (0..self.below(100)).fold(json!(1), |inner, _| json!([inner]));
        let values = [
            Value::Null,
            json!(true),
            json!(0),
            json!(-1),
            json!(2_147_483_648_u64),
            json!(1.5),
            json!(1e300),
            json!(""),
            json!("google"),
            json!("x".repeat(self.below(10_000))),
            json!("\u{0}\u{1F600}"),
            json!([]),
            json!({}),
            json!({ "query": "{ __typename }" }),
            json!(vec!["google"; self.below(2_000)]),
            deep,
        ];
        self.pick(&values).clone()
    }
}
