//! `demo`: the whole thing on one machine, with nothing but Rust.

mod browser;
mod check;
mod page;
mod receiver;
mod world;

use std::net::SocketAddr;

use clap::Args;

use super::{CommandError, logging::LogArgs, signal::asked_to_stop};
use crate::{config::HostsArgs, http::AllowedHosts};

#[derive(Args)]
pub struct DemoArgs {
    /// Walk through the whole main job over HTTP, print each step, and exit: 0 if all went well
    #[arg(long)]
    check: bool,

    /// Address and port of the server and its page; --check takes a free port
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:4000")]
    listen: SocketAddr,

    /// Address and port of the simulated Nhost Auth; --check takes a free port
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:4001")]
    simulator_listen: SocketAddr,

    #[command(flatten)]
    hosts: HostsArgs,

    #[command(flatten)]
    log: LogArgs,
}

/// Runs the demo until it is asked to stop, or checks it.
pub async fn run(arguments: DemoArgs) -> Result<(), CommandError> {
    arguments.log.start(if arguments.check { "error" } else { "warn" });
    // From here on there is something to be cleared away.
    let asked_to_stop = asked_to_stop()?;
    if arguments.check {
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        let world = world::World::start(free, free, AllowedHosts::new(Vec::new())).await?;
        let checked = tokio::select! {
            checked = check::check(&world) => checked,
            () = asked_to_stop => Err("stopped before the last step".into()),
        };
        world.stop().await?;
        return checked;
    }
    let hosts = AllowedHosts::new(arguments.hosts.check()?);
    let world = world::World::start(arguments.listen, arguments.simulator_listen, hosts).await?;
    world.invite();
    asked_to_stop.await;
    world.stop().await
}
