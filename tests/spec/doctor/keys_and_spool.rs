//! The key ring opens what is stored, and tokens that wait in the spool are not forgotten.

use std::{fs::Permissions, os::unix::fs::PermissionsExt, path::Path};

use chrono::TimeDelta;
use domain::{Actor, ConnectionKey, Grant, Kind, Provider};
use provider_connections::{
    clock::Clock,
    connections::pending_commit::{PendingCommit, spool::Spool},
    random::Random,
    vault::{Binding, Field, KeyRing, Vault},
};

use super::{Report, connected, doctor, files, migrated};
use crate::harness::{KEYS, on_both_empty_databases};

const OTHER_KEYS: &str = "other:HxweHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgE=";
/// Another key by the name of the one that seals.
const REPLACED: &str = "spec:HxweHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgE=";

on_both_empty_databases! {
    async fn a_key_that_was_taken_away_is_missed_with_the_number_of_tokens_that_need_it(database: Database) {
        let cluster = connected(database).await;
        let with = |keys: &str| {
            doctor(&cluster.simulator, &cluster.database.url).env("ENCRYPTION_KEYS", keys)
        };
        let report = Report::of(with(OTHER_KEYS)).await;
        let message = "2 are encrypted with the key spec, which is not in ENCRYPTION_KEYS";
        report.says_only("stored tokens", "error", message, "add spec to ENCRYPTION_KEYS again, after the first key");
        let report = Report::of(with(REPLACED)).await;
        let message = "2 are encrypted with a key named spec, but the 2 that were tested can't be decrypted";
        report.says_only("stored tokens", "error", message, "restore the original key spec");
        let report = Report::of(with(&format!("{KEYS},{OTHER_KEYS}"))).await;
        report.is_all_ok();
        report.says("encryption keys", "ok", "spec encrypts and decrypts; other only decrypt", "");
        report.says("stored tokens", "ok", "no token is encrypted with the key other", "you can remove other from ENCRYPTION_KEYS");
        let report = Report::of(with(&format!("{OTHER_KEYS},{KEYS}"))).await;
        report.is_all_ok();
        assert!(!report.to_string().contains("no token is encrypted with the key"), "{report}");
    }

    async fn tokens_of_a_format_that_is_not_known_are_an_error(database: Database) {
        let cluster = connected(database).await;
        let other = if cluster.database.is_sqlite() { "x'0202abcd'" } else { "'\\x0202abcd'::bytea" };
        cluster.database.execute(&format!("UPDATE provider_connection SET refresh_token = {other}")).await;
        let report = Report::of(doctor(&cluster.simulator, &cluster.database.url)).await;
        let message = "1 have a format that this version doesn't know";
        report.says_only("stored tokens", "error", message, "or a newer one");
    }
}

fn entry(vault: &Vault, age: TimeDelta) -> PendingCommit {
    let key = ConnectionKey { user_id: Random::system().uuid(), provider: Provider::Google };
    let binding = Binding { user_id: key.user_id, provider: "google" };
    PendingCommit {
        commit_id: Random::system().uuid(),
        lease_owner: Random::system().uuid(),
        connection_id: Random::system().uuid(),
        key,
        generation: 1,
        first: false,
        read_at: Clock::system().now() - age,
        kind: Kind::Refreshed,
        actor: Actor::Worker,
        grant: Grant {
            refresh_token_expires_at: None,
            access_token: vault.seal(binding, Field::AccessToken, &"token".into()),
            refresh_token: None,
            access_token_expires_at: None,
            refresh_due_at: None,
            scopes: domain::BroughtScopes::Nothing,
        },
    }
}

#[tokio::test]
async fn tokens_that_wait_in_the_spool_are_counted_and_what_can_not_be_read_is_named() {
    let (simulator, database) = migrated().await;
    let folder = database.folder.path().join("spool");
    let look = async |keys: &str| {
        let binary = doctor(&simulator, &database.url).env("ENCRYPTION_KEYS", keys);
        Report::of(binary.env("SPOOL_DIR", folder.to_str().unwrap())).await
    };
    let absent = look(KEYS).await;
    absent.says("spool", "ok", "doesn't exist yet: the first start creates it", "");
    assert!(!folder.exists());

    let vault = Vault::new(KeyRing::parse(KEYS).unwrap(), Random::system());
    let spool = Spool::open(folder.clone(), vault.clone()).unwrap();
    look(KEYS).await.says("files in the spool", "ok", "no files are waiting", "");
    spool.write(&entry(&vault, TimeDelta::hours(3))).unwrap();
    spool.write(&entry(&vault, TimeDelta::minutes(1))).unwrap();
    let waiting = look(KEYS).await;
    let message = "2 are waiting for the database, the oldest for 3h";
    waiting.says_only("files in the spool", "warning", message, "Don't delete the files");

    let sealed = look(OTHER_KEYS).await;
    sealed.says("files in the spool", "error", "a key that is missing", "add the key");

    // A crash came between the writing and the renaming: taken up by a start, and not by a look.
    let whole = files(&folder).remove(0);
    let part = whole.with_extension("part");
    std::fs::rename(&whole, &part).unwrap();
    std::fs::write(folder.join("torn.spool"), "{\"version\":1,").unwrap();
    let before = files(&folder);
    let torn = look(KEYS).await;
    torn.says(
        "files in the spool",
        "error",
        "torn.spool can't be used: it is incomplete or damaged",
        "it can be deleted",
    );
    torn.says("files in the spool", "warning", "2 are waiting for the database", "");
    assert_eq!(files(&folder), before);
}

#[tokio::test]
async fn a_spool_folder_that_can_not_be_is_an_error() {
    let (simulator, database) = migrated().await;
    let file = database.folder.path().join("spec.db");
    let binary = doctor(&simulator, &database.url).env("SPOOL_DIR", file.to_str().unwrap());
    let report = Report::of(binary).await;
    report.says_only("spool", "error", "is not writable", "set SPOOL_DIR to a folder");
}

#[tokio::test]
async fn files_that_everybody_may_read_are_a_warning_and_stay_as_they_are() {
    let (simulator, database) = migrated().await;
    let spool = database.folder.path().join("spool");
    std::fs::create_dir(&spool).unwrap();
    let file = database.folder.path().join("spec.db");
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    };
    let look = async || {
        let binary = doctor(&simulator, &database.url);
        Report::of(binary.env("SPOOL_DIR", spool.to_str().unwrap())).await
    };
    set(&spool, 0o750);
    set(&file, 0o640);
    look().await.is_all_ok();
    set(&file, 0o644);
    let message = "every user of this machine can read ";
    look().await.says_only("database", "warning", message, "or run chmod o-rwx");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o644);
    set(&file, 0o600);
    set(&spool, 0o755);
    let message = "every user of this machine can read ";
    look().await.says_only("spool", "warning", message, "run chmod o-rwx on it");
}
