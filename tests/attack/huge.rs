//! Whatever can be long.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::arena::{Arena, Document, Target, Transport, repeat, wire};

fn documents() -> Vec<Document> {
    let long = "x".repeat(200_000);
    let digits = "9".repeat(200_000);
    let connections = "query($p: [OAuthProvider!]) { providerConnections(providers: $p) { id } }";
    let by_variable = repeat(100, |n| format!("a{n}: providerConnections(userId: $u) {{ id }} "));
    let many = |value: &str| format!("{{\"p\":[{}\"google\"]}}", value.repeat(20_000));
    vec![
        Document::refused("a text", format!("{{ a(x: \"{long}\") }}")),
        Document::refused("a block", format!("{{ a(x: \"\"\"{}\"\"\") }}", "\n  x".repeat(50_000))),
        Document::refused("escapes", format!("{{ a(x: \"{}\") }}", "\\u0041".repeat(40_000))),
        Document::refused("a number", format!("{{ a(x: {digits}) }}")),
        Document::refused("a fraction", format!("{{ a(x: 0.{digits}e{digits}) }}")),
        Document::refused("a name", format!("{{ {long} }}")),
        Document::refused("a type", format!("query($a: {long}) {{ __typename }}")),
        Document::refused("a directive", format!("{{ __typename @{long} }}")),
        Document::bounded("blanks", format!("{{ __typename {} }}", " ,\n".repeat(80_000))),
        Document::bounded("comments", format!("{{ __typename }} {}", "#\n".repeat(110_000))),
        Document::refused("text without an end", format!("{{ a(x: \"{long}")),
        Document::refused("a number in variables", "query($a: Int!) { a(x: $a) }")
            .with(format!("{{\"a\":{digits}}}")),
        Document::refused("a list in variables", connections).with(many("\"google\",")),
        Document::refused("a list of wrong values in variables", connections).with(many("1,")),
        Document::bounded("variables that nobody asked for", connections)
            .with(format!("{{{}\"p\":[]}}", repeat(15_000, |n| format!("\"v{n}\":0,")))),
        Document::refused("one variable, often", format!("query($u: uuid) {{ {by_variable} }}"))
            .with(format!("{{\"u\":\"{long}\"}}")),
    ]
}

/// A body of 40 MiB, over and over.
async fn bodies(target: Target) {
    target.in_place();
    let megabyte = vec![b' '; 1024 * 1024];
    while target.goes_on() {
        target.sent();
        let Ok(mut stream) = target.connect().await else { continue };
        let head = wire::post_head("Content-Length: 41943040\r\n");
        let _ = stream.write_all(head.as_bytes()).await;
        for _ in 0..40 {
            if !target.goes_on() || stream.write_all(&megabyte).await.is_err() {
                break;
            }
        }
    }
}

/// A body in chunks of a byte, each with an extension.
async fn chunks(target: Target) {
    target.in_place();
    while target.goes_on() {
        target.sent();
        let Ok(mut stream) = target.connect().await else { continue };
        let head = wire::post_head("Transfer-Encoding: chunked\r\n");
        let chunks = format!("1;{}\r\n \r\n", "x".repeat(1_000)).repeat(100);
        let _ = stream.write_all(head.as_bytes()).await;
        for _ in 0..100 {
            if !target.goes_on() || stream.write_all(chunks.as_bytes()).await.is_err() {
                break;
            }
        }
    }
}

/// Heads that are long in every way, by half a megabyte each.
async fn heads(target: Target) {
    target.in_place();
    let header = |name: &str, value: &str| format!("{name}: {value}\r\n");
    let head = |more: &str| format!("GET /graphql HTTP/1.1\r\nHost: attacked\r\n{more}\r\n");
    let long = "x".repeat(500_000);
    let heads = [
        head(&header("Cookie", &long)),
        head(&header("Authorization", &format!("Bearer {long}"))),
        head(&header(&long, "x")),
        head(&repeat(5_000, |n| header(&format!("x-{n}"), &"x".repeat(90)))),
        head(&header("X-Forwarded-For", &"10.0.0.1, ".repeat(50_000))),
        head(&header("Accept", &"a/b;q=0.1, ".repeat(5_000))),
        format!("GET /{long} HTTP/1.1\r\nHost: attacked\r\n\r\n"),
        format!("{long} / HTTP/1.1\r\nHost: attacked\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: {long}\r\n\r\n"),
        format!("GET / {long}\r\nHost: attacked\r\n\r\n"),
    ];
    for head in heads.iter().cycle() {
        if !target.goes_on() {
            break;
        }
        target.sent();
        let Ok(mut stream) = target.connect().await else { continue };
        let _ = stream.write_all(head.as_bytes()).await;
        let mut answer = [0; 16];
        let _ = stream.read(&mut answer).await;
        if answer.starts_with(b"HTTP/1.1 5") {
            target
                .is_wrong(format!("a long head is answered {}", String::from_utf8_lossy(&answer)));
        }
    }
}

/// A WebSocket message of megabytes, in one frame and in many.
async fn messages(target: Target) {
    target.in_place();
    let large = wire::frame(0x81, &vec![b' '; 8 * 1024 * 1024]);
    let parts: Vec<u8> = std::iter::once(wire::frame(0x01, &[b' '; 1_000]))
        .chain((0..8_000).map(|_| wire::frame(0x00, &[b' '; 1_000])))
        .flatten()
        .collect();
    // A length that no memory has.
    let endless = [0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];
    let all: [&[u8]; 3] = [&large, &parts, &endless];
    for bytes in all.iter().cycle() {
        if !target.goes_on() {
            break;
        }
        target.sent();
        let Ok(mut stream) = wire::upgraded(&target).await else { continue };
        let _ = stream.write_all(bytes).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_huge_harms_nobody() {
    let mut arena = Arena::open("huge").await;
    for transport in Transport::ALL {
        let name = format!("huge documents by {}", transport.name());
        arena.attack(&name, |target| transport.send_all(target, documents())).await;
    }
    arena.attack("huge bodies", bodies).await;
    arena.attack("bodies in chunks of a byte", chunks).await;
    arena.attack("huge heads", heads).await;
    arena.attack("huge WebSocket messages", messages).await;
    arena.close().await;
}
