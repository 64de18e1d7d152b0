//! Crash points: places where a test kills this very process, as a power cut would, or makes it
//! wait while the test changes something around it.
//!
//! They exist only in the binary that the tests build. In any other build `fail` is compiled
//! without its feature, and they do nothing.

use std::{
    env,
    io::Read,
    net::TcpStream,
    process,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// The setting: `<point>`, or `<point>#<n>` for the n-th time that it is reached.
const CRASH_AT: &str = "CRASH_AT";
/// The same for a point where this process connects to [`STOP_ADDRESS`], and continues when that
/// connection ends.
const STOP_AT: &str = "STOP_AT";
const STOP_ADDRESS: &str = "STOP_ADDRESS";

/// Arms the crash points in the environment; does nothing in a build without them.
pub fn arm() {
    if !fail::has_failpoints() {
        return;
    }
    arm_at(CRASH_AT, || die());
    if let Ok(address) = env::var(STOP_ADDRESS) {
        arm_at(STOP_AT, move || stop(&address));
    }
}

fn arm_at(setting: &str, action: impl Fn() + Send + Sync + 'static) {
    let Ok(wanted) = env::var(setting) else { return };
    let (point, number) = match wanted.split_once('#') {
        Some((point, number)) => (point, number.parse().expect("it is <point>#<number>")),
        None => (wanted.as_str(), 1),
    };
    let reached = AtomicUsize::new(0);
    fail::cfg_callback(point, move || {
        if reached.fetch_add(1, Ordering::SeqCst) + 1 == number {
            action();
        }
    })
    .expect("crash points take any callback");
}

/// Blocks this thread on purpose, for tests that are about this moment.
fn stop(address: &str) {
    let stopped = TcpStream::connect(address).and_then(|mut test| test.read(&mut [0]));
    if let Err(error) = stopped {
        tracing::error!(%error, "the test could not be waited for");
    }
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
