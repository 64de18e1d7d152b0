use tracing::{Event, Metadata, Subscriber, span, subscriber::Interest};
use tracing_subscriber::{
    filter::LevelFilter,
    layer::{Context, Filter},
};

/// A filter that is evaluated again for each event and span.
///
/// tracing-subscriber (0.3.23) keeps the answers of layers' filters until the event arrives. Code
/// that only asks whether an event is enabled, as sqlx does before each statement that it would
/// log, leaves a "no" behind, and the next event that skips the question is lost: a line of the log
/// is missing. So no event may skip it.
pub struct Asked<F>(pub F);

impl<S: Subscriber, F: Filter<S>> Filter<S> for Asked<F> {
    fn enabled(&self, metadata: &Metadata<'_>, context: &Context<'_, S>) -> bool {
        self.0.enabled(metadata, context)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        let interest = self.0.callsite_enabled(metadata);
        if interest.is_always() { Interest::sometimes() } else { interest }
    }

    fn event_enabled(&self, event: &Event<'_>, context: &Context<'_, S>) -> bool {
        self.0.event_enabled(event, context)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        self.0.max_level_hint()
    }

    fn on_new_span(
        &self,
        attributes: &span::Attributes<'_>,
        id: &span::Id,
        context: Context<'_, S>,
    ) {
        self.0.on_new_span(attributes, id, context);
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        self.0.on_record(id, values, context);
    }

    fn on_enter(&self, id: &span::Id, context: Context<'_, S>) {
        self.0.on_enter(id, context);
    }

    fn on_exit(&self, id: &span::Id, context: Context<'_, S>) {
        self.0.on_exit(id, context);
    }

    fn on_close(&self, id: span::Id, context: Context<'_, S>) {
        self.0.on_close(id, context);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use tracing_subscriber::{Layer, filter::EnvFilter, prelude::*};

    use super::*;

    struct Count(Arc<AtomicUsize>);

    impl<S: Subscriber> Layer<S> for Count {
        fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn an_event_comes_through_after_somebody_asked_whether_another_would() {
        let events = Arc::new(AtomicUsize::new(0));
        let layer = Count(events.clone()).with_filter(Asked(EnvFilter::new("info")));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            for _ in 0..3 {
                assert!(!tracing::enabled!(tracing::Level::DEBUG));
                tracing::info!("one that is wanted");
            }
        });
        assert_eq!(events.load(Ordering::Relaxed), 3);
    }
}
