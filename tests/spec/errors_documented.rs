//! docs/errors.md tells of every error code, and of none that there is not.
//!
//! That its examples are what the server answers is for `scripts/docs-check`, which runs them. No command
//! provokes `INTERNAL`, `RATE_LIMITED`, `TOKEN_UNREADABLE` and `INSUFFICIENT_SCOPE`; `token_unreadable.rs` and
//! `scopes/required.rs` do the last two.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

const DOCUMENT: &str = include_str!("../../docs/errors.md");

/// Words in capitals that are no codes: of PEM, HTTP, SQL, the log and the build.
const OTHER_WORDS: [&str; 6] =
    ["CARGO_PKG_VERSION", "CERTIFICATE", "PRIVATE", "PUBLIC", "DELETE", "REDACTED"];

/// The codes in the layers that answer, read from their source: each is a literal there.
fn codes_of_the_server() -> BTreeSet<String> {
    let is_word = |text: &&str| {
        text.len() >= 5 && text.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_')
    };
    let mut codes = BTreeSet::new();
    for layer in ["graphql", "connections", "http", "auth"] {
        for source in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(layer)) {
            codes.extend(source.split('"').filter(is_word).map(str::to_owned));
        }
    }
    codes.retain(|code| !OTHER_WORDS.contains(&code.as_str()));
    codes
}

fn sources(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "tests") {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(fs::read_to_string(path).unwrap());
        }
    }
    found
}

/// What is below the heading of each code.
fn sections() -> Vec<(&'static str, &'static str)> {
    let sections = DOCUMENT.split("\n## `").skip(1);
    sections.map(|section| section.split_once('`').unwrap()).collect()
}

fn example(section: &str) -> Value {
    let (_, json) = section.split_once("```json\n").unwrap();
    serde_json::from_str(json.split_once("```").unwrap().0).unwrap()
}

#[test]
fn every_code_has_a_section_and_every_section_a_code() {
    let documented: Vec<_> = sections().iter().map(|(code, _)| (*code).to_owned()).collect();
    let codes = codes_of_the_server();
    assert!(codes.len() >= 18, "the codes are no longer found: {codes:?}");
    assert_eq!(documented.iter().cloned().collect::<BTreeSet<_>>(), codes);
    assert_eq!(documented.len(), codes.len(), "a code has two sections");
}

#[test]
fn every_section_says_what_a_frontend_does_and_which_extensions_there_are() {
    for (code, section) in sections() {
        for row in ["| show | ", "| retry | ", "| send the user | "] {
            assert!(section.contains(row), "{code} has no row {row:?}");
        }
        let line = section.lines().find_map(|line| line.strip_prefix("Extensions: ")).unwrap();
        let named: BTreeSet<_> = line.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        let shown = example(section);
        let errors = shown["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{code}");
        let extensions = errors[0]["extensions"].as_object().unwrap();
        assert_eq!(extensions["code"], code);
        assert_eq!(extensions.keys().cloned().collect::<BTreeSet<_>>(), named, "{code}");
    }
}

#[test]
fn the_summary_names_every_code_that_is_more_than_a_mistake_in_the_call() {
    let (summary, _) = DOCUMENT.split_once("\n## ").unwrap();
    for (code, section) in sections() {
        let a_mistake = section.contains("| show | nothing: it is a mistake in the call |");
        let by_name = summary.contains(&format!("`{code}`"));
        assert!(a_mistake || code == "FORBIDDEN" || by_name, "{code} is not in the summary");
        assert!(!(a_mistake && by_name), "{code} is in the summary");
    }
}

#[test]
fn codes_whose_user_has_to_sign_in_again_say_where() {
    for (code, section) in sections() {
        let sends = section.contains("| send the user | to `reauthenticationUrl` |");
        let knows =
            example(section)["errors"][0]["extensions"].get("reauthenticationUrl").is_some();
        assert_eq!(sends, knows, "{code}");
    }
}
