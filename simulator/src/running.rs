//! A running simulator, which can be taken down and brought up again.

mod connection;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    ops::Deref,
};

use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use url::Url;

use crate::Simulator;
use connection::Listener;

/// A running simulator. Dropping it stops it; its state lives as long as the simulator does.
#[derive(Debug)]
pub struct Running {
    pub simulator: Simulator,
    address: SocketAddr,
    origin: Url,
    server: Option<Server>,
}

#[derive(Debug)]
struct Server {
    /// `true` cuts every connection.
    cut: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    pub(crate) async fn start(simulator: Simulator, address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let origin = origin(address).map_err(io::Error::other)?;
        simulator.default_origin(origin.clone());
        let server = Some(Server::start(&simulator, listener));
        Ok(Self { simulator, address, origin, server })
    }

    /// `http://127.0.0.1:PORT/`
    pub fn origin(&self) -> Url {
        self.origin.clone()
    }

    /// `http://127.0.0.1:PORT/v1`, what a client calls Nhost Auth's base URL.
    pub fn base_url(&self) -> Url {
        let mut url = self.origin();
        url.set_path("/v1");
        url
    }

    /// `http://127.0.0.1:PORT/graphql/v1`, the project's GraphQL API.
    pub fn graphql_url(&self) -> Url {
        let mut url = self.origin();
        url.set_path("/graphql/v1");
        url
    }

    /// The address it listens on, or did before it was stopped.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops it: cuts every connection and frees the port. Its state is kept.
    pub async fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.cut.send_replace(true);
            // It ends on its own, now that all of its connections fail.
            let _ = (&mut server.task).await;
        }
    }

    /// Starts it again on the same port.
    pub async fn start_again(&mut self) -> io::Result<()> {
        self.stop().await;
        let listener = TcpListener::bind(self.address).await?;
        self.server = Some(Server::start(&self.simulator, listener));
        Ok(())
    }

    /// Stops it permanently.
    pub async fn shutdown(mut self) {
        self.stop().await;
    }
}

/// How a client on this machine reaches `address`.
fn origin(mut address: SocketAddr) -> Result<Url, url::ParseError> {
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    format!("http://{address}").parse()
}

impl Server {
    fn start(simulator: &Simulator, listener: TcpListener) -> Self {
        let (cut, is_cut) = watch::channel(false);
        let router = simulator.router();
        let listener = Listener::new(listener, is_cut.clone());
        let task = tokio::spawn(async move {
            let mut is_cut = is_cut;
            let served = axum::serve(listener, router)
                .with_graceful_shutdown(async move {
                    // An error says that the handle is gone: the same.
                    let _ = is_cut.wait_for(|cut| *cut).await;
                })
                .await;
            if let Err(error) = served {
                tracing::error!(%error, "the simulator stopped serving");
            }
        });
        Self { cut, task }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.cut.send_replace(true);
    }
}

impl Deref for Running {
    type Target = Simulator;

    fn deref(&self) -> &Simulator {
        &self.simulator
    }
}
