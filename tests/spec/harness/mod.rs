//! What every test starts from: a server over HTTP, a simulated Nhost Auth, a clock that stands
//! still until it is told otherwise, and a database of the test's own.

mod answer;
mod cluster;
mod collector;
mod database;
mod direct;
pub mod http2;
mod issuer;
mod outage;
mod panics;
mod process;
mod proxy;
mod seeded;
mod socket;
mod user;
mod world;

use std::time::Duration;

pub use answer::Answer;
pub use cluster::{CONNECT, Call, Cluster, DISCONNECT, Member, READ, REFRESH, Replica};
pub use collector::{Collector, all as attributes};
pub use database::Database;
pub use direct::{directly, directly_at};
pub use issuer::{Issuer, IssuerKey, Published};
pub use outage::Outage;
pub use process::{Binary, Ended, Process, simulator};
pub use proxy::{AtCommit, Proxy};
pub use seeded::Seeded;
pub use socket::{CHANGED, Socket};
pub use user::User;
pub use world::{KEYS, SERVICE_SECRET, Server, World, config};

/// What anything of a test is given to do one thing; far more than it needs.
pub const LIMIT: Duration = Duration::from_mins(1);

/// Waits until something that nothing tells of has happened, such as in another process.
pub async fn until(condition: impl AsyncFn() -> bool) {
    assert!(happens(condition).await, "it never happens");
}

/// The same for whoever says by itself what it means that it never does.
pub async fn happens(condition: impl AsyncFn() -> bool) -> bool {
    let happens = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LIMIT, happens).await.is_ok()
}

/// Makes two tests of one promise: `<promise>::sqlite` and `<promise>::postgres`.
macro_rules! on_both_databases {
    ($(async fn $promise:ident($world:ident: World) $body:block)*) => {$(
        async fn $promise($world: crate::harness::World) $body

        mod $promise {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let database = crate::harness::Database::sqlite();
                super::$promise(crate::harness::World::on(database).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let database = crate::harness::Database::postgres().await;
                super::$promise(crate::harness::World::on(database).await).await;
            }
        }
    )*};
}
pub(crate) use on_both_databases;

/// The same for promises that start from an empty database, and from no server.
macro_rules! on_both_empty_databases {
    ($(async fn $promise:ident($database:ident: Database) $body:block)*) => {$(
        async fn $promise($database: crate::harness::Database) $body

        mod $promise {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$promise(crate::harness::Database::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$promise(crate::harness::Database::postgres().await).await;
            }
        }
    )*};
}
pub(crate) use on_both_empty_databases;
