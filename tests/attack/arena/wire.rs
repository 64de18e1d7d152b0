//! HTTP/1.1 and WebSocket frames by hand.

use std::{io, net::Ipv4Addr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::Target;

/// A server that has said nothing for so long says nothing more. Where it is slower than that, less
/// is seen of what it does wrong, and never more.
const SILENCE: Duration = Duration::from_millis(300);

/// The head of a `POST /graphql` up to its body's length.
pub fn post_head(more: &str) -> String {
    format!(
        "POST /graphql HTTP/1.1\r\nHost: attacked\r\nContent-Type: application/json\r\n{more}\r\n"
    )
}

/// The head of a WebSocket's handshake.
pub const UPGRADE: &str = "GET /graphql HTTP/1.1\r\nHost: attacked\r\nConnection: Upgrade\r\n\
     Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\
     Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n";

/// Sends these bytes over a connection of its own, and answers all that comes back, until the server
/// ends the connection or falls silent.
pub async fn exchange(target: &Target, bytes: &[u8]) -> String {
    let Ok(mut stream) = target.connect().await else { return String::new() };
    // It may refuse before it has read all: what it says then is there to be read all the same.
    let (mut reader, mut writer) = stream.split();
    let write = async {
        let _ = timeout(SILENCE * 10, writer.write_all(bytes)).await;
    };
    let (heard, ()) = tokio::join!(hear(&mut reader), write);
    heard
}

async fn hear(reader: &mut (impl AsyncReadExt + Unpin)) -> String {
    let (mut heard, mut buffer) = (Vec::new(), vec![0; 16 * 1024]);
    while let Ok(Ok(read)) = timeout(SILENCE, reader.read(&mut buffer)).await {
        if read == 0 {
            break;
        }
        heard.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8_lossy(&heard).into_owned()
}

/// Whether the server ends the connection, once it has said why.
pub async fn ends(stream: &mut TcpStream) -> bool {
    let mut buffer = vec![0; 16 * 1024];
    let end = async { while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {} };
    timeout(SILENCE * 10, end).await.is_ok()
}

/// The status of each answer.
pub fn statuses(answers: &str) -> Vec<u16> {
    let heads = answers.split("HTTP/1.1 ").skip(1);
    heads.filter_map(|head| head.get(..3)?.parse().ok()).collect()
}

/// A frame of a client; `first` has its bits and its opcode. The mask is zero.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        short @ 0..126 => frame.push(0x80 | u8::try_from(short).unwrap()),
        middle if middle < 65_536 => {
            frame.push(0x80 | 0x7e);
            frame.extend(u16::try_from(middle).unwrap().to_be_bytes());
        }
        long => {
            frame.push(0x80 | 0x7f);
            frame.extend((long as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// A WebSocket that is open, as the bytes that go through it.
pub async fn upgraded(target: &Target) -> io::Result<TcpStream> {
    let mut stream = target.connect().await?;
    stream.write_all(UPGRADE.as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(error) => return Err(error),
        }
    }
    if head.starts_with(b"HTTP/1.1 101") { Ok(stream) } else { Err(io::ErrorKind::Other.into()) }
}

/// One of sixty thousand addresses of this machine.
pub fn address(number: usize) -> Ipv4Addr {
    let number = u16::try_from(number % 60_000).unwrap() + 2;
    let [high, low] = number.to_be_bytes();
    Ipv4Addr::new(127, 7, high, low)
}
