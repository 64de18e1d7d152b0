use opentelemetry::{
    Context, KeyValue,
    trace::{Link, SpanKind, TraceId, TraceState},
};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};

use crate::{
    config::{Root, SamplerConfig},
    random::Random,
};

/// The sampler of `OTEL_TRACES_SAMPLER`.
///
/// A caller's `traceparent` has the trace's id, and says whether the caller records the trace.
/// Anyone can send one, so it may only prevent recording: neither its flag nor its id can cause it.
/// Child spans of this server follow their parent.
pub(super) fn sampler(config: SamplerConfig, random: Random) -> Box<dyn ShouldSample> {
    let root = Share { of: config.root, random };
    let sampler = Sampler::parent_based(root.clone()).with_remote_parent_sampled(root.clone());
    if config.parent_based {
        sampler.into()
    } else {
        sampler.with_remote_parent_not_sampled(root).into()
    }
}

/// Records a share of all traces, chosen by a random number: `TraceIdRatioBased` would use the
/// trace's id, which a caller chooses.
#[derive(Clone, Debug)]
struct Share {
    of: Root,
    random: Random,
}

impl ShouldSample for Share {
    fn should_sample(
        &self,
        _parent: Option<&Context>,
        _trace_id: TraceId,
        _name: &str,
        _kind: &SpanKind,
        _attributes: &[KeyValue],
        _links: &[Link],
    ) -> SamplingResult {
        let is_recorded = match self.of {
            Root::All => true,
            Root::None => false,
            Root::Ratio(ratio) => {
                let drawn = u32::from_le_bytes(self.random.bytes());
                f64::from(drawn) < ratio * (f64::from(u32::MAX) + 1.0)
            }
        };
        SamplingResult {
            decision: if is_recorded {
                SamplingDecision::RecordAndSample
            } else {
                SamplingDecision::Drop
            },
            attributes: Vec::new(),
            // A caller's is not kept.
            trace_state: TraceState::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags};

    use super::*;

    const MANY: u32 = 10_000;

    /// Evenly distributed random numbers, always the same.
    fn spread() -> Random {
        let next = AtomicU32::new(0);
        Random::from_fn(move |bytes| {
            let drawn = next.fetch_add(0x9E37_79B9, Ordering::Relaxed);
            bytes.copy_from_slice(&drawn.to_le_bytes());
        })
    }

    /// How many of [`MANY`] requests are recorded whose `traceparent` has this trace.
    fn recorded(config: SamplerConfig, trace_id: u128, flags: TraceFlags, is_remote: bool) -> u32 {
        let trace_id = TraceId::from(trace_id);
        let parent =
            SpanContext::new(trace_id, SpanId::from(1), flags, is_remote, TraceState::default());
        let parent = Context::new().with_remote_span_context(parent);
        let sampler = sampler(config, spread());
        let is_recorded = |_: &u32| {
            let server = SpanKind::Server;
            let decided =
                sampler.should_sample(Some(&parent), trace_id, "request", &server, &[], &[]);
            decided.decision == SamplingDecision::RecordAndSample
        };
        (0..MANY).filter(is_recorded).map(|_| 1).sum()
    }

    fn share(ratio: f64, parent_based: bool) -> SamplerConfig {
        SamplerConfig { root: Root::Ratio(ratio), parent_based }
    }

    #[test]
    fn a_caller_can_not_choose_a_trace_id_that_is_recorded() {
        for parent_based in [true, false] {
            for trace_id in [1, u128::from(u64::MAX), u128::MAX] {
                let all = recorded(share(1.0, parent_based), trace_id, TraceFlags::SAMPLED, true);
                assert_eq!(all, MANY);
                let none = recorded(share(0.0, parent_based), trace_id, TraceFlags::SAMPLED, true);
                assert_eq!(none, 0);
                let few = recorded(share(0.01, parent_based), trace_id, TraceFlags::SAMPLED, true);
                assert!((90..=110).contains(&few), "{trace_id}: {few}");
            }
        }
    }

    #[test]
    fn a_caller_can_keep_its_request_out() {
        let all = SamplerConfig::default();
        assert_eq!(recorded(all, 1, TraceFlags::SAMPLED, true), MANY);
        assert_eq!(recorded(all, 1, TraceFlags::NOT_SAMPLED, true), 0);
        let ignores_parents = SamplerConfig { parent_based: false, ..all };
        assert_eq!(recorded(ignores_parents, 1, TraceFlags::NOT_SAMPLED, true), MANY);
    }

    #[test]
    fn traces_that_begin_here_are_recorded_by_their_share() {
        let sampler = sampler(share(0.25, true), spread());
        let begins = |_: &u32| {
            let id = TraceId::from(1);
            let decided = sampler.should_sample(None, id, "job", &SpanKind::Internal, &[], &[]);
            decided.decision == SamplingDecision::RecordAndSample
        };
        let number = (0..MANY).filter(begins).count();
        assert!((2_450..=2_550).contains(&number), "{number}");
    }

    #[test]
    fn spans_of_this_server_follow_their_parent() {
        for parent_based in [true, false] {
            let few = share(0.01, parent_based);
            assert_eq!(recorded(few, u128::MAX, TraceFlags::SAMPLED, false), MANY);
            assert_eq!(recorded(few, 1, TraceFlags::NOT_SAMPLED, false), 0);
        }
    }
}
