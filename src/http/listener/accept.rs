use std::{
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use axum::Router;
use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{
    net::{TcpListener, TcpStream},
    time::Instant,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    connection::Connection,
    limits::Limits,
    relief::Relief,
    service::Service,
    stream::Stream,
    sweep::sweep,
    table::{Admitted, Table},
    throttle::Throttle,
};
use crate::{
    client_address::{ClientAddress, TrustedProxies},
    config::Timeouts,
    metrics,
};

/// The maximum size of a head, including its URL.
const HEAD: usize = 64 * 1024;
/// How long to wait when no connection can be accepted, or evicted ones are still open. New clients
/// wait in the operating system's queue.
const PAUSE: Duration = Duration::from_millis(100);
/// How long idle clients may delay a shutdown.
const QUIET: Duration = Duration::from_secs(3);
/// How long cut-off connections may take to end.
const GOODBYE: Duration = Duration::from_secs(1);

/// Serves a router on a socket.
pub struct Listener {
    pub router: Router,
    pub limits: Limits,
    pub timeouts: Timeouts,
    pub trusted: TrustedProxies,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All requests were answered.
    InTime,
    /// Some requests were still running, and were cut off.
    CutOff,
}

impl Listener {
    /// Serves until `shutdown` resolves, and then for at most `grace`, until the running requests
    /// have ended or only idle clients are left. Clients can neither end nor prolong this.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()>,
        grace: Duration,
    ) -> Ended {
        let table = Table::new(self.limits);
        let relief = Arc::new(Relief(table.clone()));
        let sweeper = tokio::spawn(sweep(relief.clone(), self.timeouts));
        let closing = CancellationToken::new();
        let tasks = TaskTracker::new();
        let server = Server {
            router: self.router,
            trusted: Arc::new(self.trusted),
            protocols: protocols(),
            table: table.clone(),
            relief,
            closing: closing.clone(),
            tasks: tasks.clone(),
            errors: Throttle::default(),
            full: Throttle::default(),
            address_full: Throttle::default(),
        };
        tokio::select! {
            () = server.accept(&listener) => {}
            () = shutdown => {}
        }
        // From now on nobody can connect.
        drop(listener);
        closing.cancel();
        tasks.close();
        let ended = tokio::select! {
            () = tasks.wait() => true,
            () = tokio::time::sleep(grace) => false,
            () = quiet(&table) => false,
        };
        let busy = || table.connections().iter().any(|of| !of.exchanges().is_empty());
        let ended = if ended || !busy() { Ended::InTime } else { Ended::CutOff };
        table.cut_all();
        let _ = tokio::time::timeout(GOODBYE, tasks.wait()).await;
        sweeper.abort();
        ended
    }
}

/// Resolves once the server has been idle for a while.
async fn quiet(table: &Table) {
    let mut since = Instant::now();
    while since.elapsed() < QUIET {
        tokio::time::sleep(PAUSE).await;
        if table.connections().iter().any(|of| of.state().busy > 0) {
            since = Instant::now();
        }
    }
}

struct Server {
    router: Router,
    trusted: Arc<TrustedProxies>,
    protocols: Arc<Builder<TokioExecutor>>,
    table: Arc<Table>,
    relief: Arc<Relief>,
    closing: CancellationToken,
    tasks: TaskTracker,
    errors: Throttle,
    full: Throttle,
    address_full: Throttle,
}

impl Server {
    /// Never returns.
    async fn accept(&self, listener: &TcpListener) {
        loop {
            // An evicted connection whose task is stuck doesn't keep others out.
            let _ = tokio::time::timeout(PAUSE, self.table.room()).await;
            match listener.accept().await {
                Ok((socket, peer)) => self.admit(socket, peer),
                Err(error) if is_the_clients(&error) => {}
                Err(error) => {
                    if let Some(times) = self.errors.happened() {
                        tracing::error!(
                            %error,
                            times,
                            "connections can't be accepted: raise the limit of open files (ulimit \
                             -n), or lower CONNECTION_LIMIT"
                        );
                    }
                    // Clients that keep the server waiting make room for others.
                    self.table.evict_some();
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    fn admit(&self, socket: TcpStream, peer: SocketAddr) {
        // Responses are written in whole pieces, so there is nothing to delay.
        let _ = socket.set_nodelay(true);
        let address = peer.ip().to_canonical();
        let network = (!self.trusted.contains(address)).then(|| ClientAddress(address).network());
        let connection = match self.table.admit(network, self.closing.child_token()) {
            Admitted::Connection(connection) => connection,
            Admitted::OnlyForHealth(connection) => {
                if let Some(times) = self.full.happened() {
                    tracing::warn!(
                        times,
                        limit = self.table.limits.connections,
                        "all connections are in use and new clients are rejected. Raise \
                         CONNECTION_LIMIT and the limit of open files, or add a replica"
                    );
                }
                connection
            }
            Admitted::AddressOnlyForHealth(connection) => {
                self.address_is_full(address);
                connection
            }
            Admitted::AddressFull => {
                self.address_is_full(address);
                return;
            }
        };
        let service = Service {
            router: self.router.clone(),
            peer,
            trusted: self.trusted.clone(),
            connection: connection.clone(),
            relief: self.relief.clone(),
        };
        let stream = Stream::new(socket, connection.clone(), self.table.clone());
        self.tasks.spawn(serve(self.protocols.clone(), stream, connection, service));
    }

    fn address_is_full(&self, address: IpAddr) {
        metrics::http_cut("address_full");
        if let Some(times) = self.address_full.happened() {
            tracing::warn!(
                %address,
                times,
                limit = self.table.limits.per_address,
                "an address has reached the limit of connections per address, and its new \
                 connections are rejected. If it is your proxy, add it to TRUSTED_PROXIES"
            );
        }
    }
}

/// Serves a connection to its end.
async fn serve(
    protocols: Arc<Builder<TokioExecutor>>,
    stream: Stream,
    connection: Arc<Connection>,
    service: Service,
) {
    let service = service_fn(move |request| service.clone().answer(request));
    let served = protocols.serve_connection_with_upgrades(TokioIo::new(stream), service);
    let mut served = pin!(served);
    tokio::select! {
        // Errors of the connection concern only the client.
        _ = served.as_mut() => return,
        () = connection.cut.cancelled() => return,
        () = connection.close.cancelled() => served.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        _ = served => {}
        () = connection.cut.cancelled() => {}
    }
}

fn protocols() -> Arc<Builder<TokioExecutor>> {
    let mut protocols = Builder::new(TokioExecutor::new());
    // The sweep limits the wait for a head, because it can tell an idle connection from a slow one.
    protocols.http1().timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(HEAD);
    // Kept for the response to a WebSocket handshake: see `live/upgrade.rs`.
    protocols.http1().preserve_header_case(true);
    protocols
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(250)
        // A client that makes the server reset its streams causes work, too (CVE-2025-8671).
        .max_local_error_reset_streams(Some(16))
        .max_header_list_size(64 * 1024)
        .initial_stream_window_size(64 * 1024)
        .initial_connection_window_size(256 * 1024)
        .max_send_buf_size(64 * 1024)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(20));
    Arc::new(protocols)
}

/// Whether a client has disconnected before it was accepted.
fn is_the_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
