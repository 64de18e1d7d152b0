use std::collections::BTreeMap;

use serde_json::Value;

/// What an operator is rightly told here: users take their grants back moments after they made them,
/// and on a slow machine a commit takes the second after which the spool has its tokens.
const EXPECTED: [&str; 2] = [
    "the provider rejects new grants",
    "new tokens could not be written to the database yet: they are safe in the spool",
];

/// What the server logged.
pub struct Log {
    /// How many lines of each level.
    pub levels: BTreeMap<String, u64>,
    /// What each ERROR said, and how often.
    pub errors: BTreeMap<String, u64>,
    wrong: Vec<String>,
}

/// Reads JSON, a line an event. A panic that nobody caught is no JSON.
pub fn read(text: &str) -> Log {
    let mut log = Log { levels: BTreeMap::new(), errors: BTreeMap::new(), wrong: Vec::new() };
    for line in text.lines() {
        if line.contains("panicked") {
            log.wrong.push(format!("a panic: {line}"));
        }
        let Ok(event) = serde_json::from_str::<Value>(line) else {
            log.wrong.push(format!("the log has a line that is no JSON: {line}"));
            continue;
        };
        let level = event["level"].as_str().unwrap_or_default().to_owned();
        if level == "ERROR" {
            let said = event["fields"]["message"].as_str().or(event["message"].as_str());
            *log.errors.entry(said.unwrap_or(line).to_owned()).or_default() += 1;
        }
        *log.levels.entry(level).or_default() += 1;
    }
    log
}

impl Log {
    /// An operator has nothing else to fix here: an ERROR asks for it in vain.
    pub fn wrong(&self) -> Vec<String> {
        let expected = |said: &str| EXPECTED.iter().any(|one| said.starts_with(one));
        let errors = self.errors.iter().filter(|(said, _)| !expected(said));
        let errors = errors.map(|(said, times)| format!("{times} × ERROR: {said}"));
        self.wrong.iter().cloned().chain(errors).collect()
    }
}

#[test]
fn an_error_a_panic_and_a_line_that_is_no_json_are_wrong() {
    let fine = r#"{"level":"INFO","fields":{"message":"serving"}}"#;
    assert!(read(fine).wrong().is_empty());
    assert_eq!(
        read(&format!("{fine}\n{{\"level\":\"ERROR\",\"fields\":{{\"message\":\"no\"}}}}"))
            .wrong()
            .len(),
        1
    );
    assert_eq!(read("thread 'main' panicked at src/main.rs").wrong().len(), 2);
}
