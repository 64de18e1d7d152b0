//! No secret is in a log, in an answer that did not ask for it, in `Debug`, or in the database.
//!
//! A story with everything that goes well and much that does not is told to the real binary, which
//! logs all that it and its libraries can log; then each secret is searched for in all that came
//! out. Each search is shown to find one that was planted.

mod needles;
mod story;

use std::fmt::Write;

use provider_connections::{
    app::{App, Sources},
    store::{Now, Store},
};
use sea_orm::{ConnectionTrait, Statement};

pub use self::{
    needles::{Needles, bytes_as_text},
    story::{Story, secrets_of_the_settings},
};
use crate::harness::{Database, SERVICE_SECRET, config, on_both_empty_databases, simulator};

/// Everything that the database holds, as text: each row in the words of the database, and behind
/// it the bytes that it writes in hexadecimal digits.
async fn dump(database: &Database) -> String {
    let mut dump = String::new();
    if database.is_sqlite() {
        for file in std::fs::read_dir(database.folder.path()).unwrap() {
            dump += &bytes_as_text(&std::fs::read(file.unwrap().path()).unwrap());
        }
        return dump;
    }
    let db = database.connect().await;
    for table in
        ["provider_connection", "provider_connection_event", "provider_connection_migration"]
    {
        let sql = format!("SELECT t::text AS line FROM {table} t");
        let rows = Statement::from_string(db.get_database_backend(), sql);
        for row in db.query_all_raw(rows).await.unwrap() {
            let line: String = row.try_get("", "line").unwrap();
            for digits in line.split(|c: char| !c.is_ascii_hexdigit()) {
                let bytes = digits.as_bytes().chunks_exact(2);
                let bytes =
                    bytes.map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16));
                dump += &bytes_as_text(&bytes.map(Result::unwrap).collect::<Vec<_>>());
            }
            writeln!(dump, "\n{line}").unwrap();
        }
    }
    db.close().await.unwrap();
    dump
}

async fn nothing_leaks(database: Database, log_format: &str) {
    let mut story = Story::begin(&database, log_format).await;
    story.tell().await;
    // SQLite's write-ahead log is there while the server runs only.
    let mut stored = dump(&database).await;
    let told = story.end().await;
    stored += &dump(&database).await;

    let needles = Needles::new(&told.secrets);
    assert!(told.secrets.len() > 30, "the story hands out many");
    assert_eq!(needles.found_in(&told.log), None, "in the log");
    assert_eq!(told.log.matches("eyJ").count(), 0, "JWTs in the log, such as minted ones");
    assert_eq!(told.log.matches("panicked").count(), 0);
    for answer in &told.answers {
        assert_eq!(needles.found_in(answer), None, "in an answer");
    }
    assert_eq!(needles.found_in(&stored), None, "in the database");

    // The searches do find.
    assert!(told.log.contains(story::LOGGED), "the path of a request is in the log at trace level");
    assert!(told.answers.iter().any(|answer| answer.contains(story::ANSWERED)));
    let planted = Needles::new(&[story::LOGGED.to_owned(), story::ANSWERED.to_owned()]);
    assert!(planted.found_in(&told.log).is_some());
    assert!(told.answers.iter().any(|answer| planted.found_in(answer).is_some()));
    let bytes = if database.is_sqlite() { "CAST('%' AS BLOB)" } else { "'%'::bytea" };
    for column in ["access_token", "last_failure"] {
        let planted = format!("sim-planted-in-the-column-{column}");
        let value = if column == "access_token" { bytes } else { "'%'" };
        let sql = format!("UPDATE provider_connection SET {column} = {value}");
        database.execute(&sql.replace('%', &planted)).await;
        let needles = Needles::new(&[planted]);
        assert_eq!(needles.found_in(&stored), None);
        assert!(needles.found_in(&dump(&database).await).is_some(), "{column}");
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
    assert!(needles.found_in(&format!("{debug}{SERVICE_SECRET}")).is_some());
}
