//! What every test starts from: a server over HTTP, a simulated Nhost Auth, a clock that stands
//! still until it is told otherwise, and a database of the test's own.

mod answer;
mod database;
mod user;
mod world;

pub use answer::Answer;
pub use database::Database;
pub use user::User;
pub use world::{KEYS, SERVICE_SECRET, Server, World, config};

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
