//! What this server writes to disk is for its own user alone, whatever the umask.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use crate::harness::{Binary, Database, simulator};

/// A database that is to be made, with what SQLite keeps beside it.
const SQLITE: [&str; 3] = ["spec.db", "spec.db-wal", "spec.db-shm"];

fn rights(path: &Path) -> u32 {
    fs::metadata(path).unwrap_or_else(|_| panic!("{}", path.display())).permissions().mode() & 0o777
}

fn set_rights(path: &Path, rights: u32) {
    fs::set_permissions(path, Permissions::from_mode(rights)).unwrap();
}

#[tokio::test]
async fn the_database_and_the_spool_are_made_for_its_user_alone_whatever_the_umask() {
    let simulator = simulator().await;
    for umask in ["000", "022", "0277"] {
        let database = Database::sqlite();
        let folder = database.folder.path();
        let spool = folder.join("deep/spool");
        let binary = Binary::serve(&simulator, &database.url).under_umask(umask);
        // The folder above is of the test's own making: a umask may leave it unusable.
        fs::create_dir(folder.join("deep")).unwrap();
        let mut server = binary.env("SPOOL_DIR", spool.to_str().unwrap()).start();
        server.url().await;
        for file in SQLITE {
            assert_eq!(rights(&folder.join(file)), 0o600, "{file}, umask {umask}");
        }
        assert_eq!(rights(&spool), 0o700, "umask {umask}");
        assert!(!server.log().contains("everybody"), "{}", server.log());
    }
}

#[tokio::test]
async fn migrate_makes_the_database_for_its_user_alone() {
    let database = Database::sqlite();
    let migrate = Binary::new("migrate").env("DATABASE_URL", &database.url).under_umask("000");
    assert_eq!(migrate.run().await.code, Some(0));
    assert_eq!(rights(&database.folder.path().join(SQLITE[0])), 0o600);
}

/// Such as an earlier version made them.
#[tokio::test]
async fn a_start_takes_from_everybody_what_is_there_and_leaves_a_group_what_it_has() {
    let simulator = simulator().await;
    let database = Database::sqlite();
    let migrate = Binary::new("migrate").env("DATABASE_URL", &database.url);
    assert_eq!(migrate.run().await.code, Some(0));
    let file = database.folder.path().join(SQLITE[0]);
    let spool = database.folder.path().join("spool");
    fs::create_dir(&spool).unwrap();
    set_rights(&spool, 0o755);
    let waiting = spool.join("00000000-0000-4000-8000-000000000001.spool");
    fs::write(&waiting, "{\"version\":9}").unwrap();
    let start = || {
        let binary = Binary::serve(&simulator, &database.url);
        binary.env("SPOOL_DIR", spool.to_str().unwrap()).start()
    };
    for (before, after) in [(0o644, 0o640), (0o666, 0o660), (0o660, 0o660), (0o600, 0o600)] {
        set_rights(&file, before);
        set_rights(&waiting, before);
        let mut server = start();
        server.url().await;
        assert_eq!(rights(&file), after, "{before:o}");
        assert_eq!(rights(&waiting), after, "{before:o}");
        let said = server.log().contains("every user of this machine could read a file");
        assert_eq!(said, before != after, "{}", server.log());
        // A folder that is there may serve others, too: it is left to its owner.
        assert_eq!(rights(&spool), 0o755);
        server.logged("every user of this machine can read the spool folder").await;
    }
}

#[tokio::test]
async fn a_folder_that_everybody_writes_has_no_rights_changed_in_it() {
    let simulator = simulator().await;
    let database = Database::sqlite();
    let spool = database.folder.path().join("spool");
    fs::create_dir(&spool).unwrap();
    set_rights(&spool, 0o777);
    // Another user's link, to a file that this server's user could change.
    let foreign = database.folder.path().join("foreign");
    fs::write(&foreign, "of somebody's").unwrap();
    set_rights(&foreign, 0o644);
    std::os::unix::fs::symlink(&foreign, spool.join("link.spool")).unwrap();
    let binary = Binary::serve(&simulator, &database.url);
    let mut server = binary.env("SPOOL_DIR", spool.to_str().unwrap()).start();
    server.url().await;
    assert_eq!(rights(&foreign), 0o644);
}
