//! The attack suite: what a stranger can send, by every transport, at a server that is a process of
//! its own. While each attack runs, a normal client keeps asking at a fixed rate: it gets the right
//! answers, about as fast as before, and the server lives, within 128 MiB.
//!
//! A test a family of attacks; they run one at a time. Each attack's figures are in
//! `target/attack-report.md`. `ATTACK_REQUESTS` is how often the normal client asks during each
//! attack, and so how long one takes; `TEST_SERVER` names another binary of the server, such as a
//! release build.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod arena;
#[path = "../spec/harness/mod.rs"]
#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "the specification's; this needs a part of it"
)]
mod harness;

mod aliased;
mod callers;
mod cyclic;
mod deep;
mod flooded;
mod fuzz;
mod half_open;
mod http2;
mod huge;
mod slow;
mod smuggled;
mod unread;
mod wide;
