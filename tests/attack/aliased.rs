//! The same again and again under other names: what costs little to ask for, and much to answer.

use crate::arena::{Arena, Document, Transport, repeat};

/// All of the schema, as often as a user may ask for it.
pub fn introspections(times: usize) -> String {
    let schemas = repeat(times, |n| format!("a{n}: __schema {{ types {{ ...T }} }} "));
    format!(
        "{{ {schemas} }} fragment T on __Type {{ kind name description \
         fields(includeDeprecated: true) {{ name description args {{ ...I }} type {{ ...R }} }} \
         inputFields {{ ...I }} enumValues {{ name description }} }} \
         fragment I on __InputValue {{ name description type {{ ...R }} defaultValue }} \
         fragment R on __Type {{ kind name ofType {{ kind name ofType {{ kind name }} }} }}"
    )
}

fn documents() -> Vec<Document> {
    let of = |times, part: &dyn Fn(usize) -> String| format!("{{ {} }}", repeat(times, part));
    let tokens = repeat(900, |n| format!("a{n}: accessToken(minValidFor: {n}) "));
    let events = repeat(9, |n| format!("a{n}: events(first: 100) {{ id kind at }} "));
    vec![
        Document::bounded("one introspection", introspections(1)),
        Document::bounded("introspection", introspections(20)),
        Document::bounded("more introspection", introspections(200)),
        Document::bounded(
            "one type",
            of(200, &|n| format!("a{n}: __type(name: \"Query\") {{ fields {{ name }} }} ")),
        ),
        Document::bounded(
            "connections",
            of(400, &|n| format!("a{n}: providerConnections {{ id }} ")),
        ),
        Document::bounded(
            "one connection",
            of(300, &|n| {
                format!("a{n}: providerConnection(provider: google) {{ accessToken id }} ")
            }),
        ),
        Document::bounded("tokens", format!("{{ providerConnections {{ {tokens} }} }}")),
        Document::bounded("events", format!("{{ providerConnections {{ {events} }} }}")),
        Document::bounded(
            "sign-ins",
            of(400, &|n| format!("a{n}: providerSignInUrl(provider: google) ")),
        ),
        Document::bounded(
            "connects",
            format!(
                "mutation {}",
                of(400, &|n| format!("a{n}: connectProvider(provider: google) {{ id }} "))
            ),
        ),
        Document::bounded(
            "refreshes",
            format!(
                "mutation {}",
                of(400, &|n| format!("a{n}: refreshProviderToken(provider: google) {{ id }} "))
            ),
        ),
        Document::bounded(
            "subscriptions",
            format!(
                "subscription {}",
                of(400, &|n| format!("a{n}: providerConnectionChanged {{ userId }} "))
            ),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_asked_for_by_many_names_harms_nobody() {
    let mut arena = Arena::open("aliased").await;
    for transport in Transport::ALL {
        let name = format!("aliased documents by {}", transport.name());
        arena.attack(&name, |target| transport.send_all(target, documents())).await;
    }
    arena.close().await;
}
