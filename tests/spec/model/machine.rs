//! A machine of its own for a replica: one thread, which dies when it is told to, and timers that a
//! test moves on, so that nobody waits for a time limit.

use std::{thread, time::Duration};

use tokio::{
    runtime::{Builder, Handle},
    sync::{mpsc, oneshot},
};

pub struct Machine {
    pub handle: Handle,
    jumps: Option<mpsc::UnboundedSender<(Duration, oneshot::Sender<()>)>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Machine {
    pub fn start() -> Self {
        let (jumps, mut asked) = mpsc::unbounded_channel::<(Duration, oneshot::Sender<()>)>();
        // The one kind whose timers can be moved.
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let handle = runtime.handle().clone();
        let thread = thread::spawn(move || {
            runtime.block_on(async {
                while let Some((by, done)) = asked.recv().await {
                    tokio::time::pause();
                    tokio::time::advance(by).await;
                    tokio::time::resume();
                    let _ = done.send(());
                }
            });
            runtime.shutdown_timeout(Duration::from_secs(10));
        });
        Self { handle, jumps: Some(jumps), thread: Some(thread) }
    }

    /// All time limits and pauses of this machine are so much nearer.
    pub async fn jump(&self, by: Duration) {
        let (done, is_done) = oneshot::channel();
        let asked = self.jumps.as_ref().is_some_and(|jumps| jumps.send((by, done)).is_ok());
        assert!(!asked || is_done.await.is_ok(), "the machine is gone");
    }

    /// All that runs on it ends where it is.
    pub async fn crash(&mut self) {
        self.jumps = None;
        if let Some(thread) = self.thread.take() {
            tokio::task::spawn_blocking(|| thread.join().unwrap()).await.unwrap();
        }
    }
}
