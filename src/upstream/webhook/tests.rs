use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;

/// A receiver that answers with these bytes, and how it is reached.
async fn receiver(answer: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut read = [0; 4096];
            let _ = socket.read(&mut read).await;
            let _ = socket.write_all(answer).await;
        }
    });
    address
}

fn sender(url: &str, allows_private: bool) -> WebhookSender {
    // Past the check of literal addresses, to what is left of the defence behind it.
    let url = WebhookUrl::parse(url, true).unwrap().allowing(allows_private);
    let secrets = WebhookSecrets::parse(&WebhookSecrets::generate([1; 32])).unwrap();
    WebhookSender::new(WebhookTarget { url, secrets }, Clock::system()).unwrap()
}

#[tokio::test]
async fn a_name_that_leads_home_is_not_connected_to() {
    let address = receiver(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let url = format!("http://localhost:{}/hook", address.port());
    let answer = sender(&url, false).send("msg_1", "{}".to_owned()).await;
    assert!(answer.to_string().contains("private address"), "{answer}");
    let answer = sender(&url, true).send("msg_1", "{}".to_owned()).await;
    assert_eq!(answer, WebhookAnswer::Delivered(StatusCode::OK));
}

#[tokio::test]
async fn answers_are_told_apart() {
    for (answer, expected) in [
        (&b"HTTP/1.1 204 No Content\r\n\r\n"[..], "HTTP 204"),
        (b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n", "HTTP 410"),
        (
            b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n",
            "HTTP 302: redirects are not followed",
        ),
        (b"HTTP/1.1 500 Oops\r\ncontent-length: 6\r\n\r\nsecret", "HTTP 500"),
        (b"", "the connection was lost before the response"),
        (b"hello\r\n", "the connection was lost before the response"),
    ] {
        let url = format!("http://{}/hook", receiver(answer).await);
        let answer = sender(&url, true).send("msg_1", "{}".to_owned()).await;
        assert_eq!(answer.to_string(), expected);
    }
}

#[tokio::test]
async fn retry_after_is_read_where_it_means_something() {
    let url = format!(
        "http://{}",
        receiver(b"HTTP/1.1 429 Slow\r\nretry-after: 120\r\ncontent-length: 0\r\n\r\n").await
    );
    let answer = sender(&url, true).send("msg_1", "{}".to_owned()).await;
    let pause = Some(Duration::from_mins(2));
    assert_eq!(answer, WebhookAnswer::Refused { status: StatusCode::TOO_MANY_REQUESTS, pause });
}
