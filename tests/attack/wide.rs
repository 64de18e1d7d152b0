//! Whatever there can be many of in one document.

use crate::arena::{Arena, Document, Transport, repeat};

fn documents() -> Vec<Document> {
    let arguments = repeat(5_000, |n| format!("a{n}: 1 "));
    let variables = repeat(5_000, |n| format!("$v{n}: Int "));
    let values = repeat(5_000, |n| format!("\"v{n}\":{n},"));
    vec![
        Document::refused("fields", format!("{{ {} }}", "__typename ".repeat(20_000))),
        Document::refused("short fields", format!("{{ {} }}", "a ".repeat(100_000))),
        Document::refused(
            "aliases of one field",
            format!("{{ {} }}", repeat(10_000, |n| format!("a{n}: __typename "))),
        ),
        Document::refused(
            "one alias of many fields",
            format!("{{ {} }}", repeat(10_000, |n| format!("a: b{n} "))),
        ),
        Document::refused("arguments", format!("{{ providerConnections({arguments}) {{ id }} }}")),
        Document::refused("directives", format!("{{ __typename {} }}", "@a ".repeat(50_000))),
        Document::refused(
            "directives that are known",
            format!("{{ __typename {} }}", "@skip(if: false) ".repeat(10_000)),
        ),
        Document::refused("variables", format!("query({variables}) {{ __typename }}"))
            .with(format!("{{{values}\"a\":1}}")),
        Document::refused("operations", repeat(5_000, |n| format!("query Q{n} {{ __typename }} "))),
        Document::refused("operations without a name", "{ __typename } ".repeat(10_000)),
        Document::refused(
            "fragments",
            "{ __typename } ".to_owned()
                + &repeat(5_000, |n| format!("fragment F{n} on Query {{ __typename }} ")),
        ),
        Document::refused(
            "spreads of what is not there",
            format!("{{ {} }}", repeat(10_000, |n| format!("...F{n} "))),
        ),
        Document::refused(
            "a list",
            format!(
                "{{ providerConnections(providers: [{}]) {{ id }} }}",
                "google ".repeat(30_000)
            ),
        ),
        Document::refused("an object", format!("{{ a(x: {{{arguments}}}) }}")),
        Document::refused("errors", format!("{{ {} }}", repeat(900, |n| format!("b{n} ")))),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wide_harms_nobody() {
    let mut arena = Arena::open("wide").await;
    for transport in Transport::ALL {
        let name = format!("wide documents by {}", transport.name());
        arena.attack(&name, |target| transport.send_all(target, documents())).await;
    }
    arena.close().await;
}
