use std::collections::BTreeMap;

use nhost_auth_simulator::GrantScript;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use provider_connections::metrics::{ALL, Kind};

use super::exporting;
use crate::harness::{Cluster, Collector, Database, Replica, until};

#[tokio::test]
async fn a_collector_is_told_the_same_as_a_scraper() {
    let cluster = Cluster::over(Database::sqlite()).await;
    let collector = Collector::start().await;
    let binary = exporting(cluster.binary("server"), &collector);
    let mut server = Replica::start(binary.env("METRICS_LISTEN", "127.0.0.1:0")).await;
    let url = server.process.url_of("serving metrics").await;
    let ada = cluster.connected(&server, GrantScript::rotating()).await;
    ada.refresh(&server).await.data("/refreshProviderToken/accessToken");
    let counted = "provider_connections_connections{";
    let scrape = async || {
        let metrics = reqwest::get(format!("{url}/metrics")).await.unwrap();
        metrics.text().await.unwrap()
    };
    until(async || scrape().await.contains(counted)).await;
    let scraped = scrape().await;
    server.stop().await;

    let families: BTreeMap<&str, &str> =
        scraped.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')).collect();
    assert!(families.len() > 15, "{families:?}");
    collector.with(|received| {
        for (name, kind) in families {
            let exported = received.metrics.iter().rev().find(|metric| metric.name == name);
            let exported = exported.unwrap_or_else(|| panic!("{name} is not exported"));
            let defined = ALL.iter().find(|metric| metric.name == name).expect(name);
            assert_eq!((&*exported.unit, &*exported.description), (defined.unit, defined.help));
            let as_exported = match exported.data.as_ref().unwrap() {
                Data::Sum(sum) if sum.is_monotonic => "counter",
                Data::Gauge(_) => "gauge",
                Data::Histogram(_) => "histogram",
                other => panic!("{name}: {other:?}"),
            };
            assert_eq!((as_exported, defined.kind.as_str()), (kind, kind), "{name}");
            if let (Data::Histogram(histogram), Kind::Histogram(buckets)) =
                (exported.data.as_ref().unwrap(), defined.kind)
            {
                assert_eq!(histogram.data_points[0].explicit_bounds, buckets, "{name}");
            }
        }
        let refreshes = received
            .metrics
            .iter()
            .rev()
            .find(|metric| metric.name == "provider_connections_refreshes_total");
        let Some(Data::Sum(sum)) = refreshes.unwrap().data.as_ref() else { panic!("no sum") };
        let labels = crate::harness::attributes(&sum.data_points[0].attributes);
        assert_eq!((&*labels["provider"], &*labels["outcome"]), ("google", "OK"));
    });
}
