use std::{fs, future::Future, process::Command};

use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
};

/// Threads for those who attack. A real attacker works on a machine of its own: these threads give
/// way to the server and to the normal client, so that what slows those down is the attack itself.
pub struct Attackers(Option<Runtime>);

impl Attackers {
    pub fn new() -> Self {
        raise_own_descriptors();
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("attacker")
            .on_thread_start(give_way)
            .enable_all()
            .build();
        Self(Some(runtime.unwrap()))
    }

    pub fn spawn(&self, attack: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
        self.0.as_ref().unwrap().spawn(attack)
    }
}

impl Drop for Attackers {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

fn give_way() {
    let Ok(stat) = fs::read_to_string("/proc/thread-self/stat") else { return };
    let Some((thread, _)) = stat.split_once(' ') else { return };
    let _ = Command::new("renice").args(["-n", "15", "-p", thread]).output();
}

/// Thousands of sockets need as many descriptors; 1,024 is what a process mostly starts with.
fn raise_own_descriptors() {
    let own = std::process::id().to_string();
    let limits = fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let hard = line.split_whitespace().nth(4).unwrap();
    let limit = format!("--nofile={hard}:{hard}");
    let done = Command::new("prlimit").args(["--pid", &own, &limit]).status();
    assert!(done.unwrap().success(), "prlimit of util-linux is needed");
}
