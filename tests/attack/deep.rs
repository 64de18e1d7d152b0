//! Whatever nests: 2,000 levels of values overflowed the stack, and ended the process.

use crate::arena::{Arena, Document, Transport, repeat};

fn documents() -> Vec<Document> {
    let nested = |open: &str, close: &str, levels: usize| {
        format!("{}1{}", open.repeat(levels), close.repeat(levels))
    };
    let fragments =
        repeat(2_000, |level| format!("fragment F{level} on Query {{ ...F{} }} ", level + 1));
    vec![
        Document::refused("lists", format!("{{ a(x: {}) }}", nested("[", "]", 2_000))),
        Document::refused("objects", format!("{{ a(x: {}) }}", nested("{a:", "}", 2_000))),
        Document::refused("lists without an end", format!("{{ a(x: {}", "[".repeat(60_000))),
        Document::refused("arguments", "{a(".repeat(20_000)),
        Document::refused("selections", format!("{}{}", "{a".repeat(5_000), "}".repeat(5_000))),
        Document::refused("selections without an end", "{a".repeat(30_000)),
        Document::refused(
            "inline fragments",
            format!("{{ {} __typename {} }}", "...{".repeat(3_000), "}".repeat(3_000)),
        ),
        Document::refused(
            "fragments",
            format!("{{ ...F0 }} {fragments} fragment F2000 on Query {{ __typename }}"),
        ),
        Document::refused(
            "types",
            format!("query($a: {}Int{}) {{ __typename }}", "[".repeat(9_000), "]".repeat(9_000)),
        ),
        Document::refused(
            "defaults",
            format!("query($a: Int = {}) {{ __typename }}", nested("[", "]", 2_000)),
        ),
        Document::refused("directives", format!("{{ a @b(x: {}) }}", nested("{a:", "}", 2_000))),
        Document::refused(
            "introspection",
            format!(
                "{{ __schema {{ types {{ fields {{ type {} name {} }} }} }} }}",
                "{ ofType ".repeat(200) + "{",
                "}".repeat(201)
            ),
        ),
        Document::refused("variables", "query($a: Int) { __typename }")
            .with(format!("{{\"a\":{}}}", nested("[", "]", 25_000))),
        Document::refused("variables of objects", "query($a: Int) { __typename }")
            .with(format!("{{\"a\":{}}}", nested("{\"a\":", "}", 8_000))),
        Document::refused("variables that can be read", "query($a: Int) { __typename }")
            .with(format!("{{\"a\":{}}}", nested("[", "]", 120))),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nests_deep_harms_nobody() {
    let mut arena = Arena::open("deep").await;
    for transport in Transport::ALL {
        let name = format!("deep documents by {}", transport.name());
        arena.attack(&name, |target| transport.send_all(target, documents())).await;
    }
    arena.close().await;
}
