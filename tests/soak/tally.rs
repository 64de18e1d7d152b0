use std::{collections::BTreeMap, sync::Mutex};

use serde_json::Value;

const DOCUMENT: &str = include_str!("../../docs/errors.md");

/// What was called and what came back.
#[derive(Default)]
pub struct Tally(Mutex<Counts>);

#[derive(Clone, Default)]
pub struct Counts {
    /// By kind of call.
    pub calls: BTreeMap<&'static str, u64>,
    /// By error code.
    pub codes: BTreeMap<String, u64>,
    /// Requests that ended without an answer.
    pub unanswered: u64,
    wrong: Vec<String>,
}

impl Tally {
    pub fn called(&self, kind: &'static str) {
        *self.0.lock().unwrap().calls.entry(kind).or_default() += 1;
    }

    pub fn unanswered(&self) {
        self.0.lock().unwrap().unanswered += 1;
    }

    /// Counts the codes of an answer. An error without one is wrong.
    pub fn answered(&self, answer: &Value) {
        let Some(errors) = answer["errors"].as_array() else { return };
        let mut counts = self.0.lock().unwrap();
        for error in errors {
            match error["extensions"]["code"].as_str() {
                Some(code) => *counts.codes.entry(code.to_owned()).or_default() += 1,
                None => counts.wrong.push(format!("an error without a code: {error}")),
            }
        }
    }

    pub fn is_wrong(&self, what: String) {
        self.0.lock().unwrap().wrong.push(what);
    }

    pub fn counts(&self) -> Counts {
        self.0.lock().unwrap().clone()
    }

    /// What should not have been answered.
    pub fn wrong(&self) -> Vec<String> {
        let mut counts = self.counts();
        for (code, times) in &counts.codes {
            if !is_documented(code) {
                counts.wrong.push(format!("{code} is not in docs/errors.md ({times} times)"));
            }
        }
        if let Some(times) = counts.codes.get("INTERNAL") {
            counts.wrong.push(format!("INTERNAL, though the database is well ({times} times)"));
        }
        counts.wrong
    }
}

fn is_documented(code: &str) -> bool {
    DOCUMENT.contains(&format!("\n## `{code}`\n"))
}

#[test]
fn a_code_without_a_section_is_wrong() {
    let tally = Tally::default();
    let answer = |code| serde_json::json!({ "errors": [{ "extensions": { "code": code } }] });
    tally.answered(&answer("NOT_CONNECTED"));
    assert_eq!(tally.wrong(), Vec::<String>::new());
    tally.answered(&answer("NOT_CONNECTED_AT_ALL"));
    tally.answered(&serde_json::json!({ "errors": [{ "message": "no code" }] }));
    assert_eq!(tally.wrong().len(), 2);
}
