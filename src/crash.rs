//! Crash points: places where a test lets this very process die, as by a power cut.
//!
//! They exist in the binary that the tests build. In any other `fail` is compiled without its
//! feature, and they are nothing.

use std::{
    env, process,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// The setting: `<point>`, or `<point>#<n>` for the n-th time that it is reached.
const CRASH_AT: &str = "CRASH_AT";

/// Arms the point that the environment names; without crash points it does nothing.
pub fn arm() {
    if !fail::has_failpoints() {
        return;
    }
    let Ok(wanted) = env::var(CRASH_AT) else { return };
    let (point, number) = match wanted.split_once('#') {
        Some((point, number)) => (point, number.parse().expect("CRASH_AT is <point>#<number>")),
        None => (wanted.as_str(), 1),
    };
    let reached = AtomicUsize::new(0);
    fail::cfg_callback(point, move || {
        if reached.fetch_add(1, Ordering::SeqCst) + 1 == number {
            die();
        }
    })
    .expect("crash points take any callback");
}

/// Ends this process by SIGKILL: nothing is flushed, dropped or caught.
fn die() -> ! {
    let killed = process::Command::new("kill").args(["-KILL", &process::id().to_string()]).spawn();
    if killed.is_err() {
        process::abort();
    }
    loop {
        thread::park();
    }
}
