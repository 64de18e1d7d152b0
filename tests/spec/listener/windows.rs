//! Over HTTP/2 a client says how much of an answer it takes (RFC 9113, section 5.2). What it does not
//! take counts as an answer that is not read, wherever in this process it is.

use provider_connections::{config::Timeouts, http::listener::Limits};

use super::{
    SOON,
    answers::{SMALL, Server},
    patient,
    raw::Raw,
};
use crate::harness::{
    http2::{
        END_HEADERS, END_STREAM, HEADERS, INITIAL_WINDOW_SIZE, WINDOW, frame, head, preface,
        streams,
    },
    until,
};

/// A client that gives each answer a window of so many bytes, and reads nothing.
async fn client(server: &Server, window: u32) -> Raw {
    let mut raw = Raw::connect(&format!("http://{}", server.address)).await;
    raw.say_bytes(&preface(&[(INITIAL_WINDOW_SIZE, window)])).await;
    raw
}

/// Asks on these streams.
async fn ask(raw: &mut Raw, numbers: std::ops::Range<u32>, path: &str) {
    let head = head(2, "here", path);
    for stream in streams(numbers) {
        raw.say_bytes(&frame(HEADERS, END_STREAM | END_HEADERS, stream, &head)).await;
    }
}

#[tokio::test]
async fn small_answers_are_held_until_there_is_a_window_for_all_of_them() {
    let server = Server::start(patient(), Limits::of(100)).await;
    let mut raw = client(&server, 1).await;
    ask(&mut raw, 0..100, "/counted").await;
    until(async || server.held() == 100).await;
    // Were they taken for read, it would be by now.
    tokio::time::sleep(SOON).await;
    assert_eq!(server.held(), 100);
    let rest_of_it = u32::try_from(SMALL - 1).unwrap().to_be_bytes();
    raw.say_bytes(&frame(WINDOW, 0, 1, &rest_of_it)).await;
    until(async || server.held() == 99).await;
}

#[tokio::test]
async fn small_answers_without_a_window_are_given_up_with_their_connection() {
    for window in [0, 1] {
        let server = Server::start(Timeouts { write: SOON, ..patient() }, Limits::of(100)).await;
        let mut raw = client(&server, window).await;
        ask(&mut raw, 0..100, "/counted").await;
        until(async || server.held() == 100).await;
        raw.closed().await;
        until(async || server.held() == 0).await;
    }
}

#[tokio::test]
async fn small_answers_without_a_window_have_so_many_bytes() {
    let limits = Limits { answer_bytes: 50 * SMALL, ..Limits::of(100) };
    let server = Server::start(patient(), limits).await;
    let mut raw = client(&server, 1).await;
    ask(&mut raw, 0..40, "/counted").await;
    until(async || server.held() == 40).await;
    let mut other = client(&server, 1).await;
    ask(&mut other, 0..20, "/counted").await;
    raw.closed().await;
    until(async || server.held() == 20).await;
}

#[tokio::test]
async fn whoever_asks_again_after_being_given_up_is_given_up_again() {
    let server = Server::start(Timeouts { write: SOON, ..patient() }, Limits::of(100)).await;
    let mut raw = client(&server, 0).await;
    ask(&mut raw, 0..2, "/").await;
    until(async || server.held() == 2).await;
    until(async || server.held() == 0).await;
    let mut fresh = client(&server, 0).await;
    ask(&mut fresh, 0..1, "/").await;
    until(async || server.held() == 1).await;
    raw.closed().await;
    fresh.closed().await;
    until(async || server.held() == 0).await;
}
