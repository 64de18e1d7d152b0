//! Metrics: what is counted is what the docs say, what the dashboard shows and what alerts look at;
//! and nothing that a stranger chose is among the labels.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use nhost_auth_simulator::{GrantScript, Provider};
use provider_connections::{
    metrics::{ALL, Kind, Metric},
    store::{FactsFilter, Now},
};
use serde_json::Value;

use crate::harness::{
    Binary, Cluster, Database, Replica, SERVICE_SECRET, on_both_empty_databases, until,
};

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A line of the table in `docs/metrics.md`.
fn line(metric: &Metric) -> String {
    let labels: Vec<_> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
    let Metric { name, unit, help, .. } = metric;
    format!("| `{name}` | {} | `{unit}` | {} | {help} |", metric.kind.as_str(), labels.join(", "))
}

#[test]
fn the_docs_list_every_metric_and_no_other() {
    let expected: Vec<_> = ALL.iter().map(line).collect();
    let docs = read("docs/metrics.md");
    let listed: Vec<_> = docs.lines().filter(|line| line.starts_with("| `provider_")).collect();
    assert_eq!(listed, expected, "docs/metrics.md should have:\n{}", expected.join("\n"));
}

/// The metrics that a file of queries names, without what Prometheus appends to a histogram's.
fn named(path: &str) -> BTreeSet<String> {
    let text = read(path);
    let words = text.split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
    let words = words.filter(|word| word.starts_with("provider_connections_"));
    let base = |word: &str| {
        let histogram = ["_bucket", "_count", "_sum"].into_iter().find_map(|suffix| {
            let base = word.strip_suffix(suffix)?;
            let is_one = |metric: &&Metric| matches!(metric.kind, Kind::Histogram(_));
            ALL.iter().filter(is_one).find(|metric| metric.name == base)
        });
        histogram.map_or_else(|| word.to_owned(), |metric| metric.name.to_owned())
    };
    words.map(base).collect()
}

#[test]
fn what_the_dashboard_and_the_alerts_look_at_is_there() {
    let all: BTreeSet<_> = ALL.iter().map(|metric| metric.name.to_owned()).collect();
    for path in ["dashboard.json", "alerts.yml", "alerts.test.yml"] {
        let looked_at = named(&format!("deploy/monitoring/{path}"));
        assert!(looked_at.len() > 5, "{path}: {looked_at:?}");
        let unknown: Vec<_> = looked_at.difference(&all).collect();
        assert!(unknown.is_empty(), "{path} looks at {unknown:?}");
    }
    // Nothing is counted that nobody sees.
    let shown = named("deploy/monitoring/dashboard.json");
    let unseen: Vec<_> = all.difference(&shown).collect();
    assert!(unseen.is_empty(), "the dashboard shows nothing of {unseen:?}");
}

/// The labels that queries select or group by are those that the metrics have.
#[test]
fn the_labels_that_the_dashboard_selects_by_are_there() {
    let known: BTreeSet<_> = ALL.iter().flat_map(|metric| metric.labels).copied().collect();
    // What Prometheus adds, and how it renames `job`.
    let added = ["instance", "job", "exported_job", "le"];
    for path in ["dashboard.json", "alerts.yml"] {
        let text = read(&format!("deploy/monitoring/{path}"));
        for by in text.split(" by (").skip(1) {
            for label in by.split(')').next().unwrap().split(',').map(str::trim) {
                assert!(known.contains(label) || added.contains(&label), "{path}: {label}");
            }
        }
    }
}

/// The alerts, each with its annotations as far as they are on a line of their own.
fn alerts() -> BTreeMap<String, String> {
    let rules = read("deploy/monitoring/alerts.yml");
    let rules = rules.split("- alert: ").skip(1);
    rules
        .map(|rule| rule.split_once('\n').unwrap())
        .map(|(name, rest)| (name.into(), rest.into()))
        .collect()
}

#[test]
fn every_alert_has_a_section_in_the_runbook_and_leads_there() {
    let runbook = read("docs/runbook.md");
    let sections: BTreeSet<_> =
        runbook.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let alerts = alerts();
    assert!(alerts.len() >= 8, "{alerts:?}");
    let names: BTreeSet<_> = alerts.keys().map(String::as_str).collect();
    assert_eq!(sections, names);
    for (name, rule) in &alerts {
        let link = format!("runbook_url: docs/runbook.md#{}", name.to_lowercase());
        assert!(rule.contains(&link), "{name}: {link}");
        let section = runbook.split(&format!("## {name}\n")).nth(1).unwrap();
        let section = section.split("\n## ").next().unwrap();
        for part in ["**What it means.**", "**Who is affected?**", "**What to do.**"] {
            assert!(section.contains(part), "{name}: {part}");
        }
    }
}

#[test]
fn every_alert_is_tested_to_fire() {
    let tests = read("deploy/monitoring/alerts.test.yml");
    let fires = |name: &str| {
        let named = format!("alertname: {name}\n");
        tests.split(&named).skip(1).any(|rest| rest.trim_start().starts_with("exp_alerts:"))
    };
    let silent: Vec<_> = alerts().into_keys().filter(|name| !fires(name)).collect();
    assert!(silent.is_empty(), "{silent:?}");
}

/// A server with metrics, and where they are.
async fn measured(binary: Binary) -> (Replica, String) {
    let mut server = Replica::start(binary.env("METRICS_LISTEN", "127.0.0.1:0")).await;
    let url = server.process.url_of("serving metrics").await;
    (server, format!("{url}/metrics"))
}

async fn scrape(url: &str) -> String {
    reqwest::get(url).await.unwrap().text().await.unwrap()
}

/// The value of a series, if it is there: `name{label="…"}`, with labels as they are written.
fn value(scraped: &str, series: &str) -> Option<f64> {
    let line = scraped.lines().find_map(|line| line.strip_prefix(series))?;
    line.trim().parse().ok()
}

on_both_empty_databases! {
    async fn connections_are_counted_by_provider_and_status(database: Database) {
        let cluster = Cluster::over(database).await;
        let before = cluster.start("before").await;
        let ada = cluster.member("ada@example.com");
        let providers = [Provider::Google, Provider::Github, Provider::Spotify, Provider::Discord];
        for provider in providers {
            cluster.simulator.sign_in(ada.id, provider, GrantScript::rotating());
            let connect = format!("mutation {{ connectProvider(provider: {provider}) {{ id }} }}");
            ada.ask(&before, &connect).await.unwrap().data("/connectProvider/id");
        }
        before.stop().await;
        for set in [
            "state = 'refresh_failing' WHERE provider = 'github'",
            "state = 'reauthentication_required' WHERE provider = 'spotify'",
            // Active by its state, and of no use: its token has expired, and there is no other.
            "refresh_token = NULL WHERE provider = 'discord'",
        ] {
            cluster.database.execute(&format!("UPDATE provider_connection SET {set}")).await;
        }
        cluster.expire_tokens().await;
        let (server, url) = measured(cluster.binary("server")).await;
        let connections = |provider: &str, status: &str| {
            format!("provider_connections_connections{{provider=\"{provider}\",status=\"{status}\"}}")
        };
        let is_counted = |scraped: &str| value(scraped, &connections("google", "active")).is_some();
        until(async || is_counted(&scrape(&url).await)).await;
        let scraped = scrape(&url).await;
        for (provider, status) in [
            ("google", "active"),
            ("github", "refresh_failing"),
            ("spotify", "reauthentication_required"),
            ("discord", "reauthentication_required"),
        ] {
            assert_eq!(value(&scraped, &connections(provider, status)), Some(1.0), "{provider}");
        }
        assert_eq!(value(&scraped, &connections("google", "refresh_failing")), Some(0.0));
        server.stop().await;
    }

    async fn what_is_due_for_long_is_seen(database: Database) {
        let cluster = Cluster::over(database).await;
        let before = cluster.start("before").await;
        cluster.connected(&before, GrantScript::rotating()).await;
        before.stop().await;
        // Due for an hour, and under the lease of somebody who does not come back for it.
        let (hour_ago, in_an_hour) = if cluster.database.is_sqlite() {
            let at = |by| format!("strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '{by} seconds')");
            (at("-3600"), at("+3600"))
        } else {
            let at = |by| format!("statement_timestamp() + interval '{by} seconds'");
            (at("-3600"), at("3600"))
        };
        let owner = if cluster.database.is_sqlite() { "randomblob(16)" } else { "gen_random_uuid()" };
        cluster
            .database
            .execute(&format!(
                "UPDATE provider_connection SET refresh_due_at = {hour_ago}, lease_owner = {owner}, \
                 lease_until = {in_an_hour}"
            ))
            .await;
        let binary = cluster.binary_at_google("server").env("REFRESH_CONCURRENCY", "4");
        let (server, url) = measured(binary).await;
        let overdue = "provider_connections_refresh_overdue_seconds{provider=\"google\"}";
        until(async || value(&scrape(&url).await, overdue).is_some()).await;
        let seconds = value(&scrape(&url).await, overdue).unwrap();
        assert!((3600.0..7200.0).contains(&seconds), "{seconds}");
        server.stop().await;
    }

    async fn the_pool_and_statements_are_measured(database: Database) {
        let cluster = Cluster::over(database).await;
        let (server, url) = measured(cluster.binary("server")).await;
        let ada = cluster.connected(&server, GrantScript::rotating()).await;
        ada.read(&server).await.data("/providerConnection/accessToken");
        let scraped = scrape(&url).await;
        let limit = "provider_connections_database_connections_limit";
        assert_eq!(value(&scraped, limit), Some(10.0));
        let idle = "provider_connections_database_connections{state=\"idle\"}";
        assert!(value(&scraped, idle).is_some_and(|idle| (0.0..=10.0).contains(&idle)));
        let name = "provider_connections_database_statement_duration_seconds_count";
        for statement in ["select", "update", "commit"] {
            let series = format!("{name}{{statement=\"{statement}\",outcome=\"ok\"}}");
            assert!(value(&scraped, &series).is_some_and(|number| number > 0.0), "{series}");
        }
        server.stop().await;
    }
}

#[tokio::test]
async fn a_count_may_take_longer_than_any_request_postgres() {
    let database = Database::postgres().await;
    let store = database.open(Now::Database).await;
    let db = database.connect().await;
    let lock = sea_orm::TransactionTrait::begin(&db).await.unwrap();
    let locked = "LOCK TABLE provider_connection IN ACCESS EXCLUSIVE MODE";
    sea_orm::ConnectionTrait::execute_unprepared(&lock, locked).await.unwrap();
    let limited = async {
        // Begun later, and given up.
        assert!(store.facts(FactsFilter::default(), None, 1).await.is_err());
        lock.rollback().await.unwrap();
    };
    let (counted, ()) = tokio::join!(store.connections_by_state(), limited);
    assert!(counted.unwrap().is_empty());
    store.close().await;
}

#[tokio::test]
async fn operations_are_counted_by_root_field_and_no_label_is_a_clients_own_word() {
    let cluster = Cluster::over(Database::sqlite()).await;
    let (server, url) = measured(cluster.binary("server")).await;
    let ada = cluster.connected(&server, GrantScript::rotating()).await;
    ada.refresh(&server).await.data("/refreshProviderToken/accessToken");
    let two = "query Planted { planted: providerConnections { id } planted2: __typename }";
    ada.ask(&server, two).await.unwrap().data("/planted");
    let fragment = "{ ...Planted } fragment Planted on Query { providerConnections { id } }";
    ada.ask(&server, fragment).await.unwrap().data("/providerConnections");
    ada.ask(&server, "{ planted }").await.unwrap();
    cluster.member("bob@example.com").connect(&server).await;
    let scraped = scrape(&url).await;
    let operations = |kind: &str, field: &str, outcome: &str| {
        let name = "provider_connections_graphql_operations_total";
        let labels = format!("type=\"{kind}\",field=\"{field}\",outcome=\"{outcome}\"");
        value(&scraped, &format!("{name}{{{labels}}}"))
    };
    assert_eq!(operations("query", "providerConnections", "OK"), Some(2.0), "{scraped}");
    assert_eq!(operations("query", "__typename", "OK"), Some(1.0));
    assert_eq!(operations("mutation", "connectProvider", "OK"), Some(1.0));
    let none = operations("mutation", "connectProvider", "PROVIDER_SESSION_NOT_FOUND");
    assert_eq!(none, Some(1.0));
    assert_eq!(operations("none", "none", "GRAPHQL_VALIDATION_FAILED"), Some(1.0));
    assert!(!scraped.to_lowercase().contains("planted"), "{scraped}");
    assert!(!scraped.contains(&ada.id.to_string()) && !scraped.contains(SERVICE_SECRET));

    // What is not a count of calls.
    let version =
        format!("provider_connections_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
    assert_eq!(value(&scraped, &version), Some(1.0));
    assert_eq!(value(&scraped, "provider_connections_encryption_keys"), Some(1.0));
    assert_eq!(value(&scraped, "provider_connections_spooled_commits"), Some(0.0));
    assert_eq!(value(&scraped, "provider_connections_leases_held"), Some(0.0));
    let count = |name: &str, labels: &str| {
        value(&scraped, &format!("provider_connections_{name}_count{{{labels}}}"))
    };
    assert_eq!(count("refresh_duration_seconds", "provider=\"google\",outcome=\"OK\""), Some(1.0));
    assert_eq!(count("token_time_to_expiry_seconds", "provider=\"google\""), Some(2.0));
    server.stop().await;
}

#[tokio::test]
async fn it_is_counted_how_many_jwts_were_verified_before() {
    let cluster = Cluster::over(Database::sqlite()).await;
    let (server, url) = measured(cluster.binary("server")).await;
    for (email, requests) in [("ada@example.com", 3), ("bob@example.com", 2)] {
        let member = cluster.member(email);
        for _ in 0..requests {
            let listed = member.ask(&server, "{ providerConnections { id } }").await.unwrap();
            listed.data("/providerConnections");
        }
    }
    let scraped = scrape(&url).await;
    let lookups = |result: &str| {
        let name = "provider_connections_jwt_cache_lookups_total";
        value(&scraped, &format!("{name}{{result=\"{result}\"}}"))
    };
    assert_eq!((lookups("hit"), lookups("miss")), (Some(3.0), Some(2.0)), "{scraped}");
    server.stop().await;
}

#[tokio::test]
async fn every_metric_that_is_scraped_has_its_words_from_its_definition() {
    let cluster = Cluster::over(Database::sqlite()).await;
    let (server, url) = measured(cluster.binary("server")).await;
    cluster.connected(&server, GrantScript::rotating()).await;
    let scraped = scrape(&url).await;
    server.stop().await;
    let types = scraped.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let mut seen = 0;
    for (name, kind) in types {
        let metric = ALL.iter().find(|metric| metric.name == name);
        let metric = metric.unwrap_or_else(|| panic!("{name} is not defined"));
        assert_eq!(metric.kind.as_str(), kind, "{name}");
        assert!(scraped.contains(&format!("# HELP {name} {}\n", metric.help)), "{name}");
        // Each of its series has its labels, and no other.
        let series = scraped.lines().find(|line| line.starts_with(&format!("{name}{{")));
        let labels = series.map_or_else(Vec::new, |series| {
            let labels = series.split_once('{').unwrap().1.rsplit_once('}').unwrap().0;
            labels.split("\",").map(|label| label.split_once('=').unwrap().0).collect()
        });
        if !matches!(metric.kind, Kind::Histogram(_)) {
            assert_eq!(labels, metric.labels, "{name}");
        }
        seen += 1;
    }
    assert!(seen > 15, "{scraped}");
}

#[test]
fn the_dashboard_is_one_that_grafana_can_show() {
    let dashboard: Value = serde_json::from_str(&read("deploy/monitoring/dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let rows: Vec<_> = panels.iter().filter(|panel| panel["type"] == "row").collect();
    assert!(rows.len() >= 6);
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len(), "ids are used once");
    for panel in panels.iter().filter(|panel| panel["type"] != "row") {
        assert!(panel["description"].as_str().is_some_and(|text| !text.is_empty()), "{panel}");
        let place = &panel["gridPos"];
        assert!(place["x"].as_u64().unwrap() + place["w"].as_u64().unwrap() <= 24, "{panel}");
    }
}
