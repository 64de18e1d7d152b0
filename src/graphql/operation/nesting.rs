//! Limits how deeply a query nests, before it is parsed: the library's parser, and everything that
//! walks or drops its result for `[[[…]]]`, needs stack for each level, and a stack overflow ends
//! the process.

/// Selections nest at most 32 deep, lists of values hardly at all. Hasura's introspection has 13.
const DEEPEST: usize = 100;

/// Whether brackets nest deeper than in any valid query for this schema. Brackets in strings and
/// comments don't count (GraphQL, September 2025, sections 2.1.4 and 2.9.4).
pub(super) fn is_too_deep(query: &str) -> bool {
    let mut rest = query.as_bytes();
    let mut depth: usize = 0;
    while let [byte, after @ ..] = rest {
        rest = match byte {
            b'[' | b'{' | b'(' => {
                depth += 1;
                if depth > DEEPEST {
                    return true;
                }
                after
            }
            b']' | b'}' | b')' => {
                depth = depth.saturating_sub(1);
                after
            }
            b'#' => after_comment(after),
            b'"' if after.starts_with(b"\"\"") => after_block_string(&after[2..]),
            b'"' => after_string(after),
            _ => after,
        };
    }
    false
}

pub(super) fn after_comment(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
    &text[end.unwrap_or(text.len())..]
}

/// A string ends at its quote or, if it is not closed, at the end of its line.
pub(super) fn after_string(mut text: &[u8]) -> &[u8] {
    loop {
        text = match text {
            [b'"', after @ ..] => return after,
            [] | [b'\n' | b'\r', ..] => return text,
            [b'\\', _, after @ ..] | [_, after @ ..] => after,
        };
    }
}

pub(super) fn after_block_string(mut text: &[u8]) -> &[u8] {
    loop {
        text = match text {
            [b'"', b'"', b'"', after @ ..] => return after,
            [] => return text,
            [b'\\', b'"', b'"', b'"', after @ ..] | [_, after @ ..] => after,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_of_every_kind_count_together() {
        let nested = |levels: usize| format!("{{a(x:{}", "[{(".repeat(levels));
        assert!(!is_too_deep(&nested(32)));
        assert!(is_too_deep(&nested(33)));
    }

    #[test]
    fn brackets_that_close_again_do_not_count() {
        assert!(!is_too_deep(&"{a(x:[1])}".repeat(10_000)));
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let many = "[".repeat(1_000);
        for query in [
            format!("{{a(x:\"{many}\")}}"),
            format!("{{a(x:\"\\\"{many}\")}}"),
            format!("{{a(x:\"\"\"\n{many} \" \\\"\"\" {many}\"\"\")}}"),
            format!("# {many}\n{{a}}"),
        ] {
            assert!(!is_too_deep(&query));
        }
    }

    #[test]
    fn what_follows_a_string_or_comment_counts() {
        let many = "[".repeat(101);
        for query in [
            format!("\"\" {many}"),
            format!("\"a\\\\\" {many}"),
            format!("\"\"\"\"\"\" {many}"),
            format!("# \"\n{many}"),
            format!("\" broken off\n{many}"),
        ] {
            assert!(is_too_deep(&query), "{query}");
        }
    }
}
