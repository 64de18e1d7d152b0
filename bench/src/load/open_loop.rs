//! Requests at a constant rate, whether the answers come or not.
//!
//! A closed loop waits for a slow answer before it sends the next request, and so leaves out what clients that came
//! meanwhile would have waited (coordinated omission). Here every request has a time at which it is due, and its latency
//! counts from then.

use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::{Request, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, runtime, sync::mpsc};

use super::Target;
use crate::Result;

/// Connections that take turns. Each sends its next request after its last answer.
const CONNECTIONS: usize = 64;
/// How long the last answers may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The latency of every request, sent at this rate for so long.
pub async fn open_loop(
    target: &Target,
    per_second: f64,
    duration: Duration,
) -> Result<Vec<Duration>> {
    open_loop_while(target, per_second, move |due| due < duration).await
}

/// The same for as long as `goes_on` says so of the time at which the next request is due, since
/// the start.
pub async fn open_loop_while(
    target: &Target,
    per_second: f64,
    goes_on: impl Fn(Duration) -> bool + Send + 'static,
) -> Result<Vec<Duration>> {
    let target = target.clone();
    // One thread sends every request and reads every answer; a second one wakes it when a request is due. More threads
    // would wake each other, and take the CPU time of what they measure.
    tokio::task::spawn_blocking(move || {
        let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        runtime.block_on(send(&target, per_second, goes_on))
    })
    .await?
}

async fn send(
    target: &Target,
    per_second: f64,
    goes_on: impl Fn(Duration) -> bool + Send + 'static,
) -> Result<Vec<Duration>> {
    let mut queues = Vec::new();
    let mut tasks = Vec::new();
    for _ in 0..CONNECTIONS {
        let (queue, due) = mpsc::unbounded_channel();
        tasks.push(tokio::spawn(connection(target.clone(), connect(target).await?, due)));
        queues.push(queue);
    }
    // A separate thread sleeps to within 0.1 ms; the runtime's timers tick once a millisecond.
    let pacer = tokio::task::spawn_blocking(move || {
        let start = Instant::now();
        for number in 0_u32.. {
            let due = Duration::from_secs_f64(f64::from(number) / per_second);
            if !goes_on(due) {
                break;
            }
            std::thread::sleep((start + due).saturating_duration_since(Instant::now()));
            // A connection that has failed takes no more; its task has the error.
            let _ = queues[number as usize % CONNECTIONS].send(start + due);
        }
    });
    pacer.await?;
    let mut latencies = Vec::new();
    let answered = tokio::time::timeout(PATIENCE, async {
        for task in tasks {
            latencies.extend(task.await??);
        }
        Ok(latencies)
    });
    answered.await.map_err(|_| {
        format!(
            "{} didn't answer {per_second:.0} requests a second. Measure it at a lower rate.",
            target.url
        )
    })?
}

type Sender = http1::SendRequest<Full<Bytes>>;

async fn connect(target: &Target) -> Result<Sender> {
    let address = host(target)?;
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

/// Host and port.
fn host(target: &Target) -> Result<&str> {
    let rest = target.url.strip_prefix("http://").ok_or("only http:// is measured")?;
    Ok(rest.split('/').next().unwrap_or(rest))
}

/// Sends a request for each time that it receives.
async fn connection(
    target: Target,
    mut sender: Sender,
    mut due: mpsc::UnboundedReceiver<Instant>,
) -> Result<Vec<Duration>> {
    let path = &target.url["http://".len() + host(&target)?.len()..];
    let mut latencies = Vec::new();
    while let Some(due) = due.recv().await {
        let mut request = Request::builder().method(target.method).uri(path);
        request = request.header("host", host(&target)?);
        for (name, value) in &target.headers {
            request = request.header(*name, value);
        }
        sender.ready().await?;
        let body = Full::new(Bytes::from(target.body.clone()));
        let answer = sender.send_request(request.body(body)?).await?;
        if !answer.status().is_success() {
            return Err(format!("{} answered {}", target.url, answer.status()).into());
        }
        answer.into_body().collect().await?;
        latencies.push(due.elapsed());
    }
    Ok(latencies)
}

#[cfg(test)]
mod tests {
    use axum::{Router, http::StatusCode, routing::get};
    use tokio::net::TcpListener;

    use super::*;

    async fn serve(router: Router) -> Target {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router).await });
        Target {
            url,
            method: "GET",
            headers: Vec::new(),
            body: String::new(),
            users: Vec::new(),
            expects: ("", 1),
        }
    }

    #[tokio::test]
    async fn every_request_that_was_due_has_a_latency() {
        let target = serve(Router::new().route("/", get(|| async { "ok" }))).await;
        let latencies = open_loop(&target, 200.0, Duration::from_millis(100)).await.unwrap();
        assert_eq!(latencies.len(), 20);
    }

    #[tokio::test]
    async fn latency_counts_from_when_a_request_was_due_not_from_when_it_was_sent() {
        let target = serve(Router::new().route("/", get(|| async { "ok" }))).await;
        let late = Duration::from_secs(5);
        let (queue, due) = mpsc::unbounded_channel();
        for _ in 0..2 {
            queue.send(Instant::now().checked_sub(late).unwrap()).unwrap();
        }
        drop(queue);
        let sender = connect(&target).await.unwrap();
        let latencies = connection(target, sender, due).await.unwrap();
        assert_eq!(latencies.len(), 2);
        assert!(latencies.iter().all(|latency| *latency >= late), "{latencies:?}");
    }

    #[tokio::test]
    async fn an_answer_that_is_not_a_success_ends_the_measurement() {
        let failing = get(|| async { StatusCode::INTERNAL_SERVER_ERROR });
        let target = serve(Router::new().route("/", failing)).await;
        let error = open_loop(&target, 100.0, Duration::from_millis(50)).await.unwrap_err();
        assert!(error.to_string().contains("500"), "{error}");
    }
}
