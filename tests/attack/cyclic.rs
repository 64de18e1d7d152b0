//! Fragments that spread themselves, and fragments that double what they spread.

use crate::arena::{Arena, Document, Transport, repeat};

/// `height` fragments that each spread the next one `width` times.
fn spreads(width: usize, height: usize) -> String {
    repeat(height, |level| {
        let next = format!("...F{} ", level + 1).repeat(width);
        format!("fragment F{level} on Query {{ {next} }} ")
    })
}

fn documents() -> Vec<Document> {
    let leaf = |level: usize| format!("fragment F{level} on Query {{ __typename }}");
    vec![
        Document::refused("itself", "{ ...F } fragment F on Query { ...F }"),
        Document::refused(
            "each other",
            "{ ...F } fragment F on Query { ...G } fragment G on Query { ...F __typename }",
        ),
        Document::refused(
            "a cycle that nothing spreads",
            "{ __typename } fragment F on Query { ...G } fragment G on Query { ...F }",
        ),
        Document::refused(
            "a long cycle",
            format!("{{ ...F0 }} {} fragment F500 on Query {{ ...F0 }}", spreads(1, 500)),
        ),
        Document::refused(
            "many cycles",
            format!(
                "{{ ...F0 }} {}",
                repeat(300, |n| {
                    let all = repeat(10, |m| format!("...F{} ", (n * 7 + m) % 300));
                    format!("fragment F{n} on Query {{ {all} }} ")
                })
            ),
        ),
        Document::refused("doubling", format!("{{ ...F0 }} {} {}", spreads(2, 60), leaf(60))),
        Document::refused(
            "doubling that nothing spreads",
            format!("{{ __typename }} {} {}", spreads(2, 60), leaf(60)),
        ),
        Document::refused(
            "doubling in another operation",
            format!("query A {{ __typename }} query B {{ ...F0 }} {} {}", spreads(2, 60), leaf(60)),
        ),
        Document::refused("growing", format!("{{ ...F0 }} {} {}", spreads(50, 12), leaf(12))),
        Document::refused("a chain", format!("{{ ...F0 }} {} {}", spreads(1, 1_500), leaf(1_500))),
        Document::refused(
            "a cycle through fields",
            "{ __schema { ...S } } fragment S on __Schema { types { fields { type { ...T } } } } \
             fragment T on __Type { ofType { ...T } fields { type { ...T } } }",
        ),
        Document::refused(
            "conflicts",
            // Whoever compares each pair of fields compares 9 million.
            format!(
                "{{ {} }} fragment F on Query {{ {} }}",
                "...F ".repeat(2_000),
                repeat(3_000, |n| format!("a: b{n} "))
            ),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fragments_that_go_round_harm_nobody() {
    let mut arena = Arena::open("cyclic").await;
    for transport in Transport::ALL {
        let name = format!("cyclic fragments by {}", transport.name());
        arena.attack(&name, |target| transport.send_all(target, documents())).await;
    }
    arena.close().await;
}
