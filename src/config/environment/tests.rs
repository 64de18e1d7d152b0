use std::collections::BTreeSet;

use super::{KnownNames, file::parse};

fn values(text: &str) -> Vec<(String, String, usize)> {
    let (entries, problems) = parse(text);
    assert_eq!(problems, [], "{text}");
    entries.into_iter().map(|entry| (entry.name, entry.value, entry.line)).collect()
}

#[test]
fn lines_are_read_as_in_any_env_file() {
    let text = "\u{feff}# a comment with a $ in it\r\n\r\nA=1\r\nexport B = two # behind it\n\
                C='{\"key\":\"a $ and \\n\"}'\nD=\"two words\"\nE=id:YWJj+/8=,id2:YWJj\nF=\nG=x ";
    let expected = [
        ("A", "1", 3),
        ("B", "two", 4),
        ("C", "{\"key\":\"a $ and \\n\"}", 5),
        ("D", "two words", 6),
        ("E", "id:YWJj+/8=,id2:YWJj", 7),
        ("F", "", 8),
        ("G", "x", 9),
    ];
    let expected = expected.map(|(name, value, line)| (name.to_owned(), value.to_owned(), line));
    assert_eq!(values(text), expected);
}

#[test]
fn a_line_longer_than_a_buffer_is_one_line() {
    let long = "x".repeat(100_000);
    let read = values(&format!("A={long}\nB=2"));
    assert_eq!(read, [("A".to_owned(), long, 1), ("B".to_owned(), "2".to_owned(), 2)]);
}

#[test]
fn every_line_that_can_not_be_read_has_its_number_and_name() {
    let text = "A=1\n\n# comment\nSECRET=two words\njust words\nB=it's open\nC=3'\nD=\"a $x\"\n";
    let (entries, problems) = parse(text);
    let problems: Vec<_> =
        problems.iter().map(|(line, _, name)| (*line, name.as_deref())).collect();
    // A quote may be closed on a later line: B has two.
    assert_eq!(entries.len(), 2, "{entries:?}");
    assert_eq!(problems, [(4, Some("SECRET")), (5, None), (8, Some("D"))]);
}

#[test]
fn a_dollar_stands_for_nothing_else() {
    for text in ["A=pa$word", "A=\"pa$word\"", "A=${HOME}", "A=x #\nB=$x"] {
        let (_, problems) = parse(text);
        assert!(problems.iter().any(|(_, what, _)| what.contains("has a $")), "{text}");
    }
    for text in ["A='pa$word'", "A=pa\\$word", "A=1 # costs $2", "# $x\nA=1"] {
        values(text);
    }
}

fn known(names: &[&str]) -> KnownNames {
    let command: BTreeSet<_> = names.iter().map(|name| (*name).to_owned()).collect();
    KnownNames { all: command.clone(), command, ..KnownNames::default() }
}

#[test]
fn a_name_is_misspelt_only_if_it_is_plainly_ours() {
    let known = known(&[
        "LISTEN",
        "DATABASE_URL",
        "SERVICE_SECRET",
        "CORS_ALLOWED_ORIGINS",
        "NHOST_JWT_SECRET",
        "GRAPHIQL",
        "LOG_FORMAT",
    ]);
    for (name, meant) in [
        ("SERVICE_SECRETT", "SERVICE_SECRET"),
        ("service_secret", "SERVICE_SECRET"),
        ("SERVCIE_SECRET", "SERVICE_SECRET"),
        ("CORS_ALLOWED_ORIGIN", "CORS_ALLOWED_ORIGINS"),
        ("NHOST_JWT_SECRETS", "NHOST_JWT_SECRET"),
        ("DATABASE_URI", "DATABASE_URL"),
    ] {
        assert_eq!(known.misspelt(name), Some(meant), "{name}");
    }
    // Of systemd, Kubernetes, Hasura, Nhost, PostgreSQL and others, and those that are right.
    for name in [
        "LISTEN_PID",
        "LISTEN_FDS",
        "LISTENER",
        "LISTENS",
        "DATABASE_HOST",
        "DATABASE_NAME",
        "GRAPHIQL_PORT",
        "HASURA_GRAPHQL_ADMIN_SECRETS",
        "NHOST_ADMIN_SECRET",
        "NHOST_WEBHOOK_SECRET",
        "LOG_LEVEL",
        "SERVICE_SECRET",
        "PATH",
        "",
    ] {
        assert_eq!(known.misspelt(name), None, "{name}");
    }
}
