use crate::{
    harness::{Collector, on_both_empty_databases},
    secrets::{Needles, Story},
};

on_both_empty_databases! {
    async fn no_secret_is_exported(database: Database) {
        let collector = Collector::start().await;
        let exporting = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint.as_str()),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "100000"),
            ("OTEL_BLRP_MAX_QUEUE_SIZE", "100000"),
        ];
        let mut story = Story::begin_with(database, "json", &exporting).await;
        story.tell().await;
        let told = story.end().await;
        let needles = Needles::new(&told.secrets);
        assert!(told.secrets.len() > 30, "the story hands out many");
        collector.with(|received| {
            let exported = &received.raw;
            assert_eq!(needles.found_in(exported), None);
            let jwts = exported.windows(3).filter(|three| three == b"eyJ");
            assert_eq!(jwts.count(), 0, "JWTs, such as minted ones");
            // It was all there to be looked at.
            for span in ["take_session", "refresh", "graphql query", "connect flight"] {
                assert!(received.spans.iter().any(|one| one.name == span), "{span}");
            }
            assert!(!received.metrics.is_empty());
            let said = |text| {
                received.logs.iter().any(|(_, one)| format!("{:?}", one.body).contains(text))
            };
            assert!(said("a refresh failed"));
            // The search does find.
            let planted = Needles::new(&["connect flight".to_owned()]);
            assert!(planted.found_in(exported).is_some());
        });
    }
}
