use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};
use url::Url;

use crate::harness::LIMIT;

/// A client that says what it is told to, and reads when it is told to.
pub struct Raw(TcpStream);

impl Raw {
    pub async fn connect(url: &str) -> Self {
        Self::by(TcpSocket::new_v4().unwrap(), url).await
    }

    /// The same with a socket that can hold next to nothing.
    pub async fn narrow(url: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(2048).unwrap();
        Self::by(socket, url).await
    }

    async fn by(socket: TcpSocket, url: &str) -> Self {
        let address = Url::parse(url).unwrap().socket_addrs(|| None).unwrap()[0];
        Self(socket.connect(address).await.unwrap())
    }

    /// Connects, and says this.
    pub async fn saying(url: &str, text: &str) -> Self {
        let mut raw = Self::connect(url).await;
        raw.say(text).await;
        raw
    }

    pub async fn say(&mut self, text: &str) {
        self.say_bytes(text.as_bytes()).await;
    }

    pub async fn say_bytes(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    /// Says as much of it as the server takes before it closes.
    pub async fn say_while_taken(&mut self, text: &str) {
        let _ = self.0.write_all(text.as_bytes()).await;
    }

    /// Says one byte after another, and reads nothing, until the server does not take it any more.
    pub async fn say_until_closed(&mut self) {
        let say = async {
            while self.0.write_all(b"x").await.is_ok() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(LIMIT, say).await.expect("it is never closed");
    }

    /// The status and the body of the next answer.
    pub async fn answer(&mut self) -> (u16, String) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.byte().await);
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head.split_once("content-length: ").unwrap().1;
        let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
        let mut body = vec![0; length];
        let read = tokio::time::timeout(LIMIT, self.0.read_exact(&mut body)).await;
        read.expect("the answer does not end").unwrap();
        (status, String::from_utf8(body).unwrap())
    }

    async fn byte(&mut self) -> u8 {
        let byte = tokio::time::timeout(LIMIT, self.0.read_u8()).await;
        byte.expect("nothing comes").expect("it is closed")
    }

    /// Reads until the server has closed, and answers what came before.
    pub async fn closed(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        let read = tokio::time::timeout(LIMIT, self.0.read_to_end(&mut all)).await;
        // A reset is a close as well.
        let _ = read.expect("it is never closed");
        all
    }
}

/// A request with this query, and these headers besides.
pub fn request(headers: &str, query: &str) -> String {
    let body = serde_json::json!({ "query": query }).to_string();
    let length = body.len();
    format!(
        "POST /graphql HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n{headers}\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

/// The same without its end.
pub fn half(query: &str) -> String {
    let mut request = request("", query);
    request.truncate(request.len() - 5);
    request
}
