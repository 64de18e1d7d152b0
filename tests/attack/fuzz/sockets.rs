use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{Mutator, corpus, count_panics, mutator, panics, runs};
use crate::{
    arena::{
        alone,
        wire::{UPGRADE, frame},
    },
    harness::{Database, LIMIT, World},
};

/// A conversation of messages, changed in one way or another, as bytes.
fn changed(mutator: &mut Mutator, seeds: &[Vec<String>], texts: &[String]) -> Vec<u8> {
    let mut messages = mutator.pick(seeds).clone();
    let index = mutator.below(messages.len());
    match mutator.below(6) {
        0 => messages[index] = mutator.text(&messages[index].clone(), texts),
        1 => {
            let mut message: Value = serde_json::from_str(&messages[index]).unwrap();
            mutator.json(&mut message);
            messages[index] = message.to_string();
        }
        2 => messages.insert(index, mutator.pick(texts).clone()),
        3 => drop(messages.remove(index)),
        4 => {
            let other = mutator.below(messages.len());
            messages.swap(index, other);
        }
        _ => {}
    }
    let mut bytes: Vec<u8> = Vec::new();
    for message in &messages {
        bytes.extend(framed(mutator, message.as_bytes()));
    }
    if mutator.below(4) == 0 && !bytes.is_empty() {
        let at = mutator.below(bytes.len());
        bytes[at] = u8::try_from(mutator.below(256)).unwrap();
    }
    bytes
}

/// Mostly as it should be; in parts, with pings between them, and with bits and opcodes that are not.
fn framed(mutator: &mut Mutator, payload: &[u8]) -> Vec<u8> {
    match mutator.below(8) {
        0 => {
            let at = mutator.below(payload.len() + 1);
            let (first, rest) = payload.split_at(at);
            [frame(0x01, first), frame(0x89, b"between"), frame(0x80, rest)].concat()
        }
        1 => frame(u8::try_from(mutator.below(256)).unwrap(), payload),
        _ => frame(0x81, payload),
    }
}

/// The texts of whole frames that a server has sent; an error says what is wrong with them.
fn texts(mut bytes: &[u8]) -> Result<Vec<String>, String> {
    let mut texts = Vec::new();
    while let [first, second, rest @ ..] = bytes {
        if *second >= 0x80 {
            return Err("a server masks nothing".to_owned());
        }
        let (length, rest) = match (*second, rest) {
            (126, [a, b, rest @ ..]) => (usize::from(u16::from_be_bytes([*a, *b])), rest),
            (127, _) => return Err("a frame that is too long".to_owned()),
            (length, rest) => (usize::from(length), rest),
        };
        let Some((payload, rest)) = rest.split_at_checked(length) else { break };
        if *first == 0x81 {
            texts.push(String::from_utf8(payload.to_vec()).map_err(|error| error.to_string())?);
        }
        bytes = rest;
    }
    Ok(texts)
}

/// Sends all of it, says goodbye, and reads until the server ends the connection.
async fn converse(server: &str, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(server.trim_start_matches("http://")).await.unwrap();
    stream.write_all(UPGRADE.as_bytes()).await.unwrap();
    let (mut reader, mut writer) = stream.split();
    let write = async {
        let goodbye = frame(0x88, &1000_u16.to_be_bytes());
        // It may have ended the connection already.
        let _ = writer.write_all(bytes).await;
        let _ = writer.write_all(&goodbye).await;
        let _ = writer.shutdown().await;
    };
    let mut heard = Vec::new();
    let (_, ()) = tokio::join!(reader.read_to_end(&mut heard), write);
    heard
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_websocket_brings_ends_in_order() {
    let _alone = alone().await;
    let world = World::on(Database::sqlite()).await;
    let jwt = world.user("ada@example.com").jwt;
    let seeds: Vec<Vec<String>> = corpus("messages")
        .iter()
        .map(|seed| seed.replace("JWT", &jwt).lines().map(str::to_owned).collect())
        .collect();
    let all: Vec<String> = seeds.concat();
    count_panics();
    let mut mutator = mutator();
    let mut answered = 0;
    for _ in 0..runs() / 2 {
        let bytes = changed(&mut mutator, &seeds, &all);
        let shown = String::from_utf8_lossy(&bytes);
        let heard = timeout(LIMIT, converse(&world.server.url, &bytes)).await;
        let heard = heard.unwrap_or_else(|_| panic!("it never ends: {shown}"));
        assert_eq!(panics(), 0, "a panic: {shown}");
        let end = heard.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        let messages = texts(&heard[end..]).unwrap_or_else(|wrong| panic!("{wrong}: {shown}"));
        for message in messages {
            let message: Value = serde_json::from_str(&message).unwrap();
            assert!(message["type"].is_string(), "{message} for {shown}");
            assert!(!message.to_string().contains("\"INTERNAL\""), "{message} for {shown}");
            answered += 1;
        }
    }
    println!("{} conversations, {answered} messages back", runs() / 2);
    assert!(answered > runs() / 4, "they are hardly ever what a server takes");
}
