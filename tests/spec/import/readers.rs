//! The exports of other systems, as they write them.

use nhost_auth_simulator::GrantScript;

use super::{Move, Run};
use crate::harness::Database;

const ROWS: &str = include_str!("../../cases/imports/rows.jsonl");
const NANGO: &str = include_str!("../../cases/imports/nango.json");
const BETTER_AUTH: &str = include_str!("../../cases/imports/better-auth.csv");
const NEXT_AUTH: &str = include_str!("../../cases/imports/next-auth.json");
const HASURA_AUTH: &str = include_str!("../../cases/imports/hasura-auth.csv");

impl Move {
    /// A fixture with the tokens of these people, whose ids are written by `id`.
    fn fixture(&self, fixture: &str, id: impl Fn(usize) -> String) -> String {
        let mut text = fixture.to_owned();
        for (number, person) in (1..).zip(&self.people) {
            text = text.replace(&format!("@USER_{number}@"), &id(number));
            text = text.replace(&format!("@TOKEN_{number}@"), &person.token);
        }
        text
    }
}

async fn imports(fixture: &str, format: &str, expected: &[&str]) {
    let scene = Move::of(Database::sqlite(), 2, GrantScript::rotating_single_use()).await;
    let ids: Vec<_> = scene.people.iter().map(|person| person.member.id.to_string()).collect();
    let file = scene.fixture(fixture, |number| ids[number - 1].clone());
    let run = Run(scene.binary(&file, &["--format", format]).run().await);
    run.says(expected);
    assert_eq!(scene.calls(), 2);
    scene.all_can_use_their_connections().await;
}

#[tokio::test]
async fn json_lines_of_its_own() {
    imports(ROWS, "jsonl", &["lives", "lives"]).await;
}

#[tokio::test]
async fn nango() {
    imports(NANGO, "nango", &["lives", "lives", "skipped UNKNOWN_PROVIDER"]).await;
}

#[tokio::test]
async fn better_auth() {
    imports(BETTER_AUTH, "better-auth", &["lives", "lives", "skipped NO_OAUTH"]).await;
}

#[tokio::test]
async fn next_auth() {
    imports(NEXT_AUTH, "next-auth", &["lives", "lives", "skipped NO_REFRESH_TOKEN"]).await;
}

#[tokio::test]
async fn hasura_auth() {
    imports(HASURA_AUTH, "hasura-auth", &["lives", "lives", "skipped NO_REFRESH_TOKEN"]).await;
}

#[tokio::test]
async fn ids_of_another_system_are_mapped_and_who_is_not_is_named() {
    let scene = Move::of(Database::sqlite(), 2, GrantScript::stable()).await;
    let users = scene.cluster.database.folder.path().join("users.csv");
    let ada = scene.people[0].member.id;
    std::fs::write(&users, format!("their id,our id\nuser_1,{ada}\n")).unwrap();
    let file = scene.fixture(HASURA_AUTH, |number| format!("user_{number}"));
    let run = ["--format", "hasura-auth", "--users", users.to_str().unwrap()];
    let run = Run(scene.binary(&file, &run).run().await);
    run.says(&["lives", "skipped UNMAPPED_USER", "skipped NO_REFRESH_TOKEN"]);
    run.failed_with("have no user");
    assert_eq!(run.report()[0]["userId"], ada.to_string());
    assert!(run.report()[1].get("userId").is_none());
}

#[tokio::test]
async fn a_providers_name_is_mapped_where_it_is_the_operators_own() {
    let scene = Move::of(Database::sqlite(), 1, GrantScript::stable()).await;
    let file = scene.lines().replace("\"google\"", "\"our-calendar\"");
    let run = Run(scene.binary(&file, &[]).run().await);
    run.says(&["skipped UNKNOWN_PROVIDER"]);
    let run = Run(scene.binary(&file, &["--map-provider", "our-calendar=google"]).run().await);
    run.says(&["lives"]);
    let wrong = Run(scene.binary(&file, &["--map-provider", "our-calendar=gogle"]).run().await);
    wrong.failed_with("ID must be one of apple, azuread");
}
