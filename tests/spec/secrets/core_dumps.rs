//! A core dump would be a copy of the memory, which has keys and tokens.

use crate::harness::{Binary, Database, simulator};

#[tokio::test]
async fn a_running_server_leaves_no_core_dump_even_where_the_system_allows_one() {
    let simulator = simulator().await;
    let database = Database::sqlite();
    let mut process = Binary::serve(&simulator, &database.url).with_core_dumps().start();
    process.url().await;
    let limits = String::from_utf8(process.proc("limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let [soft, hard] = *core.split_whitespace().skip(4).take(2).collect::<Vec<_>>() else {
        panic!("{core}");
    };
    assert_eq!((soft, hard), ("0", "0"), "the hard one, too: nobody can raise it again");
    assert_eq!(process.stop().await.code, Some(0));
}
