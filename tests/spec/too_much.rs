//! One request can't ask for so much that others wait: it is refused, at once, whoever sends it.

use std::fmt::Write;

use nhost_auth_simulator::{Endpoint, GrantScript, Provider};
use serde_json::{Value, json};

use crate::harness::{Answer, SERVICE_SECRET, World, on_both_databases};

/// Far longer than any of these takes, and far shorter than it takes to run one of them.
const AT_ONCE: std::time::Duration = std::time::Duration::from_secs(15);

fn repeat(times: usize, part: impl Fn(usize) -> String) -> String {
    (0..times).map(part).collect()
}

/// Fragments that each spread the next one `width` times: `width` to the power of `height` fields.
fn fragments(width: usize, height: usize) -> String {
    let mut query = "{ ...F0 }".to_owned();
    for level in 0..height {
        let spreads = format!("...F{} ", level + 1).repeat(width);
        write!(query, " fragment F{level} on Query {{ {spreads}}}").unwrap();
    }
    query + &format!(" fragment F{height} on Query {{ __typename }}")
}

fn nested(times: usize) -> String {
    format!("{{ {} __typename {} }}", "... on Query { ".repeat(times), "}".repeat(times))
}

/// What is too much for a user; and whether it is for the service, too.
#[expect(clippy::too_many_lines, reason = "a table")]
fn bombs() -> Vec<(&'static str, bool, String, Value)> {
    let of = |times, part: &dyn Fn(usize) -> String| format!("{{ {} }}", repeat(times, part));
    let refreshes =
        repeat(501, |n| format!("a{n}: refreshProviderToken(provider: google) {{ id }} "));
    let long = "x".repeat(200_000);
    vec![
        ("many aliases", false, of(10_001, &|n| format!("a{n}: __typename ")), json!({})),
        (
            "many connections",
            false,
            of(501, &|n| format!("a{n}: providerConnections {{ id }} ")),
            json!({}),
        ),
        ("many refreshes", false, format!("mutation {{ {refreshes} }}"), json!({})),
        ("one field, often", false, of(20_000, &|_| "__typename ".to_owned()), json!({})),
        (
            "many tokens",
            false,
            format!(
                "{{ providerConnections {{ {} }} }}",
                repeat(1_001, |n| format!("a{n}: accessToken "))
            ),
            json!({}),
        ),
        (
            "many events",
            false,
            format!(
                "{{ providerConnections {{ {} }} }}",
                repeat(10, |n| format!("a{n}: events(first: 100) {{ id }} "))
            ),
            json!({}),
        ),
        (
            "many events by a variable",
            false,
            format!(
                "query($n: Int!) {{ providerConnections {{ {} }} }}",
                repeat(10, |n| format!("a{n}: events(first: $n) {{ id }} "))
            ),
            json!({ "n": 100 }),
        ),
        ("inline fragments", true, nested(40), json!({})),
        (
            "deep introspection",
            true,
            format!(
                "{{ __schema {{ types {{ fields {{ type {} name {} }} }} }} }}",
                "{ ofType ".repeat(20) + "{",
                "}".repeat(21)
            ),
            json!({}),
        ),
        // 2^23 fields: a minute's work, had it to be done.
        ("doubling fragments", true, fragments(2, 23), json!({})),
        ("growing fragments", true, fragments(50, 4), json!({})),
        ("a long chain of fragments", true, fragments(1, 3_000), json!({})),
        (
            "a large fragment, often",
            true,
            format!(
                "{{ {} }} fragment F on Query {{ {} }}",
                "...{...F}".repeat(3_000),
                "__typename ".repeat(3_000)
            ),
            json!({}),
        ),
        (
            "doubling fragments that nothing spreads",
            true,
            fragments(2, 23).replacen("...F0", "__typename", 1),
            json!({}),
        ),
        (
            "doubling fragments in a second operation",
            true,
            format!("query A {{ __typename }} query B {}", fragments(2, 23)),
            json!({}),
        ),
        (
            "many directives",
            true,
            of(1, &|_| format!("__typename {}", "@skip(if: false) ".repeat(9))),
            json!({}),
        ),
        (
            "directives on a fragment",
            false,
            format!("{{ ... {} {{ __typename }} }}", "@skip(if: false) ".repeat(10_000)),
            json!({}),
        ),
        (
            "a long text, often",
            false,
            format!(
                "query($p: String) {{ {} }}",
                repeat(450, |n| format!(
                    "a{n}: providerSignInUrl(provider: google, redirectTo: $p) "
                ))
            ),
            json!({ "p": long }),
        ),
        (
            "a long list, often",
            false,
            format!(
                "query($p: [OAuthProvider!]) {{ {} }}",
                repeat(450, |n| format!("a{n}: providerConnections(providers: $p) {{ id }} "))
            ),
            json!({ "p": vec!["google"; 15_000] }),
        ),
        (
            "a long list in a default",
            false,
            format!(
                "query($p: [OAuthProvider!] = [{}]) {{ {} }}",
                "google ".repeat(10_000),
                repeat(450, |n| format!("a{n}: providerConnections(providers: $p) {{ id }} "))
            ),
            json!({}),
        ),
        (
            "a long list in a fragment",
            false,
            format!(
                "{{ {} }} fragment F on Query {{ providerConnections(providers: [{}]) {{ id }} }}",
                "...F ".repeat(450),
                "google ".repeat(10_000)
            ),
            json!({}),
        ),
    ]
}

/// A header of every client's.
const STRANGER: (&str, &str) = ("accept", "*/*");

async fn ask(
    world: &World,
    header: (&str, &str),
    bomb: &str,
    query: &str,
    variables: &Value,
) -> Answer {
    let body = json!({ "query": query, "variables": variables });
    let request = world.server.post().header(header.0, header.1).json(&body).timeout(AT_ONCE);
    let response = request.send().await.unwrap_or_else(|error| panic!("{bomb}: {error}"));
    // Whom nobody knows may not even send as much as some of these have.
    let expected = if body.to_string().len() > 64 * 1024 && header == STRANGER { 413 } else { 200 };
    assert_eq!(response.status(), expected, "{bomb}");
    let text = response.text().await.unwrap();
    assert!(text.len() < 10_000, "{bomb} is answered by {} bytes", text.len());
    Answer(serde_json::from_str(&text).unwrap())
}

on_both_databases! {
    async fn a_request_that_asks_for_too_much_is_refused_at_once(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let bearer = format!("Bearer {}", ada.jwt);
        for (bomb, for_services_too, query, variables) in bombs() {
            let mut callers = vec![("authorization", bearer.as_str()), STRANGER];
            if for_services_too {
                callers.push(("x-service-secret", SERVICE_SECRET));
            }
            for caller in callers {
                let answer = ask(&world, caller, bomb, &query, &variables).await;
                let too_large = answer.code() == "PAYLOAD_TOO_LARGE" && caller == STRANGER;
                assert!(too_large || answer.code() == "QUERY_TOO_COMPLEX", "{bomb}: {:#}", answer.0);
                assert!(answer.0.get("data").is_none(), "{bomb}");
            }
        }
        assert_eq!(world.simulator.calls(Endpoint::RefreshProviderToken), 0);
        ada.access_token(Provider::Google).await;
    }

    async fn what_nests_too_deep_to_be_parsed_is_refused(world: World) {
        let ada = world.user("ada@example.com");
        for query in [
            format!("{{ providerConnections(userId: {}1{}) {{ id }} }}", "[".repeat(80_000), "]".repeat(80_000)),
            format!("{{ providerConnections(userId: {}", "{a:".repeat(60_000)),
            // What the parser takes, and overflows the stack of whoever walks it.
            format!("{{a(x:{}1{})}}", "[".repeat(2_000), "]".repeat(2_000)),
            format!("query($a: Int = {}1{}) {{ __typename }}", "[".repeat(2_000), "]".repeat(2_000)),
            format!("{{ a @b(x: {}1{}) }}", "{a:".repeat(1_700), "}".repeat(1_700)),
            "{a".repeat(100_000),
            format!("query($a: {}Int{}) {{ __typename }}", "[".repeat(80_000), "]".repeat(80_000)),
            format!("{{ a(x: \"{}", "\\u".repeat(80_000)),
        ] {
            let body = json!({ "query": query });
            let request = world.server.post().bearer_auth(&ada.jwt).json(&body);
            let response = request.timeout(AT_ONCE).send().await.unwrap();
            let answer = Answer(response.json().await.unwrap());
            assert!(["GRAPHQL_PARSE_FAILED", "QUERY_TOO_COMPLEX"].contains(&answer.code()));
            ada.ask("{ providerConnections { id } }").await.data("/providerConnections");
        }
    }

    async fn what_is_large_but_honest_is_answered(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let everything = "fragment C on ProviderConnection { id userId provider status accessToken \
             expiresAt refreshable connectedAt refreshedAt reauthenticationUrl \
             lastFailure { code message at retryAt } }";
        let aliases = repeat(50, |n| format!("a{n}: providerConnection(provider: google) {{ ...C }} "));
        let answer = ada.ask(&format!("{{ {aliases} }} {everything}")).await;
        assert_eq!(answer.data("/a0"), answer.data("/a49"));
        let answer = ada.ask(&fragments(2, 8)).await;
        assert_eq!(answer.text("/__typename"), "Query");
    }
}
