//! How requests come over HTTP.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::Case;
use crate::harness::{Answer, Database, LIMIT, SERVICE_SECRET, World};

/// Sends these bytes, and reads until `end` has come, or the server closes.
pub async fn raw(world: &World, request: &str, end: &str) -> String {
    let address = world.server.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let reading = async {
        let mut buffer = [0; 4096];
        while !answer.contains(end) {
            let read = stream.read(&mut buffer).await.unwrap();
            if read == 0 {
                break;
            }
            answer.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
        }
    };
    tokio::time::timeout(LIMIT, reading).await.expect("nothing comes");
    answer
}

pub async fn gzip_request(_: &Case) {
    let world = World::on(Database::sqlite()).await;
    let plain = json!({ "query": "{ __typename }" }).to_string();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(plain.as_bytes()).unwrap();
    let compressed = gzip.finish().unwrap();
    for (coding, body, named) in [
        ("gzip", compressed.clone(), "gzip"),
        ("GZip", compressed.clone(), "gzip"),
        ("br", compressed.clone(), "br"),
        ("deflate", compressed.clone(), "deflate"),
        ("identity, zstd", compressed, "zstd"),
        ("<script>", plain.clone().into_bytes(), "something unknown"),
    ] {
        let request = world.server.post().header("content-type", "application/json");
        let response = request.header("content-encoding", coding).body(body).send().await.unwrap();
        assert_eq!(response.status(), 415, "{coding}");
        assert_eq!(response.headers()["accept-encoding"], "identity");
        let answer = Answer(response.json().await.unwrap());
        assert!(
            answer.message().contains(&format!("Content-Encoding {named},")),
            "{}",
            answer.message()
        );
    }
    let request = world.server.post().header("content-type", "application/json");
    let response = request.header("content-encoding", "identity").body(plain).send().await.unwrap();
    assert_eq!(response.status(), 200);
}

pub async fn trailing_slash(case: &Case) {
    let path = case.input("/request").as_str().unwrap().strip_prefix("POST ").unwrap();
    let world = World::on(Database::sqlite()).await;
    let url = format!("{}{path}", world.server.url);
    let request = reqwest::Client::new().post(url).json(&json!({ "query": "{ __typename }" }));
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer, json!({ "data": { "__typename": "Query" } }));
    // Another path is named.
    let url = format!("{}/v1/graphql?secret", world.server.url);
    let response = reqwest::Client::new().post(url).send().await.unwrap();
    assert_eq!(response.status(), 404);
    let answer = Answer(response.json().await.unwrap());
    assert_eq!(answer.message(), "There is nothing at /v1/graphql. GraphQL is at POST /graphql.");
}

pub async fn charset(_: &Case) {
    let world = World::on(Database::sqlite()).await;
    for (content_type, status) in [
        ("application/json; charset=utf-8", 200),
        ("application/json; charset=\"utf-8\"", 200),
        ("application/json;charset=UTF-8", 200),
        ("Application/JSON ; Charset = UTF8; profile=\"a\"", 200),
        ("application/json; charset=us-ascii", 200),
        ("application/json; charset=utf-16", 415),
        ("application/json; charset=\"ISO-8859-1\"", 415),
    ] {
        let request = world.server.post().header("content-type", content_type);
        let response = request.body(r#"{"query":"{ __typename }"}"#).send().await.unwrap();
        assert_eq!(response.status(), status, "{content_type}");
    }
    // What some editors and encoders put first.
    let request = world.server.post().header("content-type", "application/json");
    let response = request.body("\u{feff}{\"query\":\"{ __typename }\"}").send().await.unwrap();
    assert_eq!(response.status(), 200);
}

pub async fn chunked_expect_http10(_: &Case) {
    let world = World::on(Database::sqlite()).await;
    let body = r#"{"query":"{ __typename }"}"#;
    let data = r#"{"data":{"__typename":"Query"}}"#;
    let json = "Content-Type: application/json\r\n";
    let length = body.len();
    let chunks: Vec<_> = body.chars().map(|letter| format!("1\r\n{letter}\r\n")).collect();
    let chunks = chunks.concat();
    for (what, request, answer) in [
        (
            "chunks of a byte each",
            format!(
                "POST /graphql HTTP/1.1\r\nHost: a\r\n{json}Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n"
            ),
            "HTTP/1.1 200 ",
        ),
        (
            "Expect: 100-continue",
            format!(
                "POST /graphql HTTP/1.1\r\nHost: a\r\n{json}Expect: 100-continue\r\nContent-Length: {length}\r\n\r\n{body}"
            ),
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ",
        ),
        (
            "HTTP/1.0, as nginx by default",
            format!(
                "POST /graphql HTTP/1.0\r\n{json}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            ),
            "HTTP/1.0 200 ",
        ),
    ] {
        let answered = raw(&world, &request, data).await;
        assert!(answered.starts_with(answer) && answered.contains(data), "{what}: {answered}");
    }
}

pub async fn hasura_many_rows(_: &Case) {
    const ROWS: usize = 2_600;
    let world = World::on(Database::sqlite()).await;
    let fields: Vec<_> = (0..ROWS)
        .map(|row| {
            let id = uuid::Uuid::from_u128(row as u128 + 1);
            format!(
                "f{row}: providerConnections(userId: \"{id}\") {{ id provider status expiresAt  }}"
            )
        })
        .collect();
    let body = json!({ "query": format!("query {{ {} }}", fields.join(" ")) }).to_string();
    assert!(body.len() > 256 * 1024, "{}", body.len());
    let send = async |body: String, service: bool, bearer: Option<&str>| {
        let mut request = world.server.post().header("content-type", "application/json");
        if service {
            request =
                request.header("x-service-secret", SERVICE_SECRET).header("x-hasura-role", "admin");
        }
        if let Some(jwt) = bearer {
            request = request.bearer_auth(jwt);
        }
        request.body(body).send().await.unwrap()
    };
    let answer = Answer(send(body.clone(), true, None).await.json().await.unwrap());
    assert_eq!(answer.data("").as_object().unwrap().len(), ROWS);

    // The limits of the others are smaller, and each says its own.
    let ada = world.user("ada@example.com");
    let padded =
        |kib: usize| format!("{{\"query\":\"{{ __typename }}\"{}}}", " ".repeat(kib * 1024));
    for (kib, service, bearer, status) in [
        (63, false, None, 200),
        (64, false, None, 413),
        (64, false, Some("no JWT"), 413),
        (255, false, Some(ada.jwt.as_str()), 200),
        (256, false, Some(ada.jwt.as_str()), 413),
        (4_095, true, None, 200),
        (4_096, true, None, 413),
    ] {
        let response = send(padded(kib), service, bearer).await;
        assert_eq!(response.status(), status, "{kib} KiB");
        if status == 413 {
            let kib = if service { "4 MiB".to_owned() } else { format!("{kib} KiB") };
            let answer = Answer(response.json().await.unwrap());
            assert!(
                answer.message().contains(&format!("larger than {kib}.")),
                "{}",
                answer.message()
            );
        }
    }
}
