//! Requests that a proxy in front could read as one, and the server as two: whatever is smuggled
//! behind the first must not be answered.

use tokio::io::AsyncWriteExt;

use crate::arena::{Arena, Target, wire};

const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: attacked\r\n\r\n";

/// A request that can be read in two ways.
struct Ambiguous {
    name: &'static str,
    bytes: String,
    /// Answers that are no harm.
    answers: usize,
    /// Whether nobody may take it for a request.
    is_refused: bool,
}

fn refused(name: &'static str, bytes: String) -> Ambiguous {
    Ambiguous { name, bytes, answers: 1, is_refused: true }
}

/// One that may be answered, and closes the connection or takes the rest as its body.
fn single(name: &'static str, bytes: String) -> Ambiguous {
    Ambiguous { name, bytes, answers: 1, is_refused: false }
}

fn ambiguous() -> Vec<Ambiguous> {
    let post = |headers: &str, body: &str| wire::post_head(headers) + body;
    let chunked = format!("0\r\n\r\n{SMUGGLED}");
    let length = chunked.len();
    let te = "Transfer-Encoding: chunked\r\n";
    let cl = format!("Content-Length: {length}\r\n");
    let short = "Content-Length: 0\r\n";
    let get = |headers: &str| format!("GET /healthz HTTP/1.1\r\nHost: attacked\r\n{headers}\r\n");
    vec![
        single("length and chunks", post(&format!("{cl}{te}"), &chunked)),
        single("chunks and length", post(&format!("{te}{cl}"), &chunked)),
        refused("two lengths", post(&format!("{cl}{short}"), &chunked)),
        refused("two lengths in one", post(&format!("Content-Length: 0, {length}\r\n"), &chunked)),
        refused("a length with a sign", post("Content-Length: +0\r\n", SMUGGLED)),
        refused("a negative length", post("Content-Length: -1\r\n", SMUGGLED)),
        refused("a length in hex", post("Content-Length: 0x0\r\n", SMUGGLED)),
        refused(
            "a length beyond numbers",
            post("Content-Length: 18446744073709551616\r\n", SMUGGLED),
        ),
        refused("a blank before the colon", post("Transfer-Encoding : chunked\r\n", &chunked)),
        refused("a folded header", post("Transfer-Encoding:\r\n chunked\r\n", &chunked)),
        refused("a folded header before", post("X-A: b\r\n Content-Length: 0\r\n", &chunked)),
        refused("chunked is not last", post("Transfer-Encoding: chunked, identity\r\n", &chunked)),
        refused("an encoding like it", post("Transfer-Encoding: xchunked\r\n", &chunked)),
        refused("an encoding with a tab", post("Transfer-Encoding: \u{b}chunked\r\n", &chunked)),
        refused("a null", post("X-A: b\0c\r\nContent-Length: 0\r\n", SMUGGLED)),
        refused("a bare return", post("X-A: b\rContent-Length: 0\r\n", SMUGGLED)),
        refused("a header without a colon", post("Content-Length 0\r\n", SMUGGLED)),
        refused("a header without a name", post(": x\r\nContent-Length: 0\r\n", SMUGGLED)),
        refused("a chunk size in decimals", post(te, &format!("0x1\r\nx\r\n{chunked}"))),
        refused("a negative chunk", post(te, &format!("-1\r\nx\r\n{chunked}"))),
        refused(
            "a chunk beyond numbers",
            post(te, &format!("FFFFFFFFFFFFFFFF1\r\nx\r\n{chunked}")),
        ),
        refused("a chunk that is too long", post(te, &format!("1\r\nxyz\r\n{chunked}"))),
        refused("an old version in chunks", {
            post(te, &chunked).replacen("HTTP/1.1", "HTTP/1.0", 1)
        }),
        refused("no version", format!("GET /healthz\r\n\r\n{SMUGGLED}")),
        refused("another version", format!("GET /healthz HTTP/1.2\r\n\r\n{SMUGGLED}")),
        refused("a tunnel", "CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".to_owned()),
        single(
            "a query with a body",
            get(&format!("Content-Length: {}\r\n", SMUGGLED.len())) + SMUGGLED,
        ),
        single("a body of another type", {
            let headers = format!("Content-Length: {}\r\n", SMUGGLED.len());
            post(&headers, SMUGGLED).replacen("application/json", "text/plain", 1)
        }),
        single(
            "an upgrade to HTTP/2",
            get(
                "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
            ),
        ),
        single("an upgrade with a body", {
            let headers = format!(
                "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: {}\r\n",
                SMUGGLED.len()
            );
            get(&headers).replacen("/healthz", "/graphql", 1) + SMUGGLED
        }),
        single(
            "a whole URL",
            format!("GET http://elsewhere.example/healthz HTTP/1.1\r\nHost: attacked\r\n\r\n"),
        ),
        single(
            "a caller in the trailers",
            post(
                te,
                &format!(
                    "43\r\n{{\"query\":\"{{ providerConnections {{ accessToken }} }}\",\"variables\":{{}}}}\r\n\
             0\r\nx-service-secret: {}\r\nx-hasura-role: admin\r\n\r\n",
                    crate::harness::SERVICE_SECRET,
                ),
            ),
        ),
    ]
}

async fn requests(target: Target) {
    target.in_place();
    let all = ambiguous();
    for (sent, one) in all.iter().cycle().enumerate() {
        if sent >= all.len() && !target.goes_on() {
            break;
        }
        target.sent();
        let answers = wire::exchange(&target, one.bytes.as_bytes()).await;
        let statuses = wire::statuses(&answers);
        let harmless = statuses.len() <= one.answers
            && !(one.is_refused && statuses.iter().any(|status| *status < 400))
            && !answers.contains("\"data\":{");
        if !harmless {
            target.is_wrong(format!("{} is answered {statuses:?}: {answers}", one.name));
        }
    }
}

/// Frames that no client may send: the server ends the connection, by itself.
async fn frames(target: Target) {
    target.in_place();
    let text = |payload: &[u8]| wire::frame(0x81, payload);
    let unmasked = vec![0x81, 0x02, b'{', b'}'];
    let all: Vec<(&str, Vec<u8>)> = vec![
        ("no mask", unmasked),
        ("a reserved bit", wire::frame(0xc1, b"{}")),
        ("a reserved opcode", wire::frame(0x83, b"{}")),
        ("a ping in parts", wire::frame(0x09, b"x")),
        ("a long ping", wire::frame(0x89, &[b'x'; 126])),
        ("the rest of nothing", wire::frame(0x80, b"{}")),
        ("a text within a text", [wire::frame(0x01, b"{"), text(b"}")].concat()),
        ("no UTF-8", text(&[0xff, 0xfe])),
        ("binary", wire::frame(0x82, b"{}")),
        ("a close of one byte", wire::frame(0x88, &[3])),
        ("a reserved close", wire::frame(0x88, &1005_u16.to_be_bytes())),
        ("no message", text(b"[]")),
        ("deep JSON", text("[".repeat(50_000).as_bytes())),
        ("a request of HTTP", SMUGGLED.into()),
    ];
    for (sent, (name, bytes)) in all.iter().cycle().enumerate() {
        if sent >= all.len() && !target.goes_on() {
            break;
        }
        target.sent();
        let Ok(mut stream) = wire::upgraded(&target).await else { continue };
        if stream.write_all(bytes).await.is_ok() && !wire::ends(&mut stream).await {
            target.is_wrong(format!("{name}: the WebSocket stays open"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_smuggled_harms_nobody() {
    let mut arena = Arena::open("smuggled").await;
    arena.attack("requests that can be read in two ways", requests).await;
    arena.attack("WebSocket frames that nobody may send", frames).await;
    arena.close().await;
}
