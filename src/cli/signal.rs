use std::io;

use tokio::signal;

/// Listens from now on, and ends when the process is asked to: by Ctrl-C, or by SIGTERM as service
/// managers do. Not an `async fn`: a signal that came before it was first awaited would end the
/// process at once.
///
/// # Errors
/// The system does not let it listen.
#[cfg(unix)]
pub fn asked_to_stop() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Listens from now on, and ends at Ctrl-C.
///
/// # Errors
/// The system does not let it listen.
#[cfg(windows)]
pub fn asked_to_stop() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut interrupt = signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}
