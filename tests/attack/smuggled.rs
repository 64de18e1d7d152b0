//! Requests that a proxy in front could read as one, and the server as two: whatever is smuggled
//! behind the first must not be answered.

use tokio::io::AsyncWriteExt;

use crate::{
    arena::{Arena, Document, Target, wire},
    harness::SERVICE_SECRET,
};

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
    let get = |headers: &str| format!("GET /healthz HTTP/1.1\r\nHost: attacked\r\n{headers}\r\n");
    let chunked = format!("0\r\n\r\n{SMUGGLED}");
    let chunks = "Transfer-Encoding: chunked\r\n";
    let length = |of: &str| format!("Content-Length: {}\r\n", of.len());
    let all = length(&chunked);
    let by_length = |value: &str| post(&format!("Content-Length: {value}\r\n"), SMUGGLED);
    let by_encoding = |header: &str| post(&format!("{header}\r\n"), &chunked);
    let by_chunk = |chunk: &str| post(chunks, &format!("{chunk}\r\n{chunked}"));
    let by_header = |header: &str| post(&format!("{header}\r\nContent-Length: 0\r\n"), SMUGGLED);
    let upgrade = format!("Connection: Upgrade\r\nUpgrade: websocket\r\n{}", length(SMUGGLED));
    let h2c = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n";
    vec![
        single("length and chunks", post(&format!("{all}{chunks}"), &chunked)),
        single("chunks and length", post(&format!("{chunks}{all}"), &chunked)),
        refused("two lengths", post(&format!("{all}Content-Length: 0\r\n"), &chunked)),
        refused("two lengths in one", by_length("0, 5")),
        refused("a length with a sign", by_length("+0")),
        refused("a negative length", by_length("-1")),
        refused("a length in hex", by_length("0x0")),
        refused("a length beyond numbers", by_length("18446744073709551616")),
        refused("a blank before the colon", by_encoding("Transfer-Encoding : chunked")),
        refused("a folded header", by_encoding("Transfer-Encoding:\r\n chunked")),
        refused("chunked is not last", by_encoding("Transfer-Encoding: chunked, identity")),
        refused("an encoding like it", by_encoding("Transfer-Encoding: xchunked")),
        refused("an encoding with a tab", by_encoding("Transfer-Encoding: \u{b}chunked")),
        refused("a folded header before", by_header("X-A: b\r\n c")),
        refused("a null", by_header("X-A: b\0c")),
        refused("a bare return", by_header("X-A: b\rc")),
        refused("a header without a colon", by_header("X-A b")),
        refused("a header without a name", by_header(": b")),
        refused("a chunk size with a prefix", by_chunk("0x1\r\nx")),
        refused("a negative chunk", by_chunk("-1\r\nx")),
        refused("a chunk beyond numbers", by_chunk("FFFFFFFFFFFFFFFF1\r\nx")),
        refused("a chunk that is too long", by_chunk("1\r\nxyz")),
        refused("chunks in an old version", post(chunks, &chunked).replacen("/1.1", "/1.0", 1)),
        refused("no version", format!("GET /healthz\r\n\r\n{SMUGGLED}")),
        refused("another version", get("").replacen("/1.1", "/1.2", 1) + SMUGGLED),
        refused("no host", get("").replacen("Host: attacked\r\n", "", 1)),
        refused("two hosts", get("Host: elsewhere.example\r\n")),
        refused("a tunnel", get("").replacen("GET /healthz", "CONNECT 127.0.0.1:80", 1)),
        single("a query with a body", get(&length(SMUGGLED)) + SMUGGLED),
        single("a body of another type", {
            post(&length(SMUGGLED), SMUGGLED).replacen("application/json", "text/plain", 1)
        }),
        single("an upgrade to HTTP/2", get(h2c)),
        single("an upgrade with a body", {
            get(&upgrade).replacen("/healthz", "/graphql", 1) + SMUGGLED
        }),
        single("a whole URL", get("").replacen('/', "http://elsewhere.example/", 1)),
        single("a caller in the trailers", {
            let body = Document::bounded("", "{ providerConnections { accessToken } }").json();
            let trailers = format!("x-service-secret: {SERVICE_SECRET}\r\nx-hasura-role: admin");
            post(chunks, &format!("{:x}\r\n{body}\r\n0\r\n{trailers}\r\n\r\n", body.len()))
        }),
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
