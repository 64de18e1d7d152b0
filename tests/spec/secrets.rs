//! No secret is in anything that comes out of a server: logs, answers that did not ask for it,
//! metrics, `Debug`, the database, the spool, temporary files, what the system shows of the process.
//!
//! A story with everything that goes well and much that does not is told to the real binary, which
//! logs all that it and its libraries can log; then each secret, in every shape in which it could be
//! written, is searched for in all that came out. Each search is shown to find one that was planted.

mod captured;
mod core_dumps;
mod needles;
mod shapes;
mod story;

use std::fmt::Write;

use provider_connections::{
    app::{App, Sources},
    store::{Now, Store},
};

use self::{captured::Captured, shapes::SHAPES, story::Told};
pub use self::{
    needles::Needles,
    story::{Story, secrets_of_the_settings},
};
use crate::harness::{Database, SERVICE_SECRET, config, on_both_empty_databases, simulator};

/// What has to come out of every run: a scan of nothing finds nothing.
const OUTPUTS: [&str; 9] = [
    "answers/001",
    "healthz",
    "log",
    "metrics",
    "process/cmdline",
    "process/environ",
    "process/fd",
    "process/maps",
    "readyz",
];

async fn nothing_leaks(database: Database, log_format: &str) {
    let sqlite = database.is_sqlite();
    let mut story = Story::begin(database, log_format).await;
    story.tell().await;
    let Told { captured, secrets, outage } = story.end().await;

    let needles = Needles::new(&secrets);
    assert!(secrets.len() > 30, "the story hands out many");
    assert_eq!(needles.found_below(captured.folder()), None);
    let log = captured.text("log");
    assert_eq!(log.matches("eyJ").count(), 0, "JWTs in the log, such as minted ones");
    assert_eq!(log.matches("panicked").count(), 0);

    // All of it was there to be searched, and the searches do find.
    for name in OUTPUTS {
        assert!(!captured.text(name).is_empty(), "{name}");
    }
    assert!(captured.files_below("spool") > 0, "the session waited in the spool");
    let table = if sqlite { "spec.db-wal" } else { "provider_connection" };
    assert!(!captured.text(&format!("database-in-use/{table}")).is_empty());
    let planted = Needles::new(&[story::LOGGED.to_owned()]);
    assert!(planted.found_in(&log).is_some(), "paths of requests are in the log at trace level");
    let planted = Needles::new(&[story::ANSWERED.to_owned()]);
    assert!(planted.found_below(&captured.folder().join("answers")).is_some());
    let database = &outage.cluster.database;
    let bytes = if sqlite { "CAST('%' AS BLOB)" } else { "'%'::bytea" };
    for column in ["access_token", "last_failure"] {
        let planted = format!("sim-planted-in-the-column-{column}");
        let value = if column == "access_token" { bytes } else { "'%'" };
        let sql = format!("UPDATE provider_connection SET {column} = {value}");
        let needles = Needles::new(std::slice::from_ref(&planted));
        assert_eq!(needles.found_below(captured.folder()), None);
        database.execute(&sql.replace('%', &planted)).await;
        let after = Captured::new();
        after.put_database("database", database).await;
        assert!(needles.found_below(after.folder()).is_some(), "{column}");
    }
}

on_both_empty_databases! {
    async fn nothing_leaks_with_a_log_in_json(database: Database) {
        nothing_leaks(database, "json").await;
    }

    async fn nothing_leaks_with_a_pretty_log(database: Database) {
        nothing_leaks(database, "pretty").await;
    }
}

/// Wherever one is planted, in whatever shape, and at whatever place in base64.
#[test]
fn a_secret_is_found_in_every_shape_and_output() {
    let secrets = [
        "sim-google-access-0123456789abcdefghij".to_owned(),
        // A key, of which the bytes count.
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned(),
        "with/what+URLs:escape@0123".to_owned(),
    ];
    let key: Vec<u8> = (0..32).collect();
    let needles = Needles::new(&secrets);
    for bytes in secrets.iter().map(String::as_bytes).chain([key.as_slice()]) {
        for shape in SHAPES {
            for (place, written) in shape.of(bytes).into_iter().enumerate() {
                let captured = Captured::new();
                captured.put("log", "nothing");
                assert_eq!(needles.found_below(captured.folder()), None);
                let around = [b"before \xff ".as_slice(), &written, b" after"].concat();
                captured.put("reports/today/receipts.jsonl", around);
                let found = needles.found_below(captured.folder());
                let found = found.unwrap_or_else(|| panic!("{shape:?}, {place}"));
                assert!(found.contains("receipts.jsonl"), "{found}");
            }
        }
    }
}

/// The name of a file is an output, too.
#[test]
fn a_secret_is_found_in_the_name_of_a_file() {
    let secret = "sim-google-access-0123456789abcdefghij";
    let captured = Captured::new();
    captured.put(&format!("spool/{secret}.json"), "");
    assert!(Needles::new(&[secret.to_owned()]).found_below(captured.folder()).is_some());
}

#[tokio::test]
async fn nothing_leaks_from_debug() {
    let simulator = simulator().await;
    let database = Database::sqlite();
    let jwt_secret = simulator.jwt_secret_json();
    let mut config = config(&simulator, &database);
    config.database.direct_url = Some("postgres://app:plantedPassword0@db/app".parse().unwrap());
    config.refresh.service_pat = Some("plantedPassword0".into());
    let mut debug = format!("{config:?}\n{config:#?}\n");
    let store = Store::new(database.connect().await, Now::Database);
    let app = App::new(config, store, Sources::system()).unwrap();
    let connections = app.connections();
    write!(debug, "{connections:?}\n{connections:#?}").unwrap();
    for shown in ["Config {", "JwtSecret", "KeyRing", "Connections {", "NhostAuth"] {
        assert!(debug.contains(shown), "{shown}: {debug}");
    }
    let mut secrets = secrets_of_the_settings(&jwt_secret);
    secrets.push("plantedPassword0".to_owned());
    let needles = Needles::new(&secrets);
    assert_eq!(needles.found_in(&debug), None, "{debug}");
    assert!(needles.found_in(format!("{debug}{SERVICE_SECRET}")).is_some());
}
