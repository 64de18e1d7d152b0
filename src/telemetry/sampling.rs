use opentelemetry_sdk::trace::{Sampler, ShouldSample};

use crate::config::{Root, SamplerConfig};

/// The sampler of `OTEL_TRACES_SAMPLER`.
///
/// A caller's `traceparent` says that it records the trace, or that it doesn't. Anybody can send
/// one, so it may only keep a trace out: whether one that it wants recorded is, the root decides as
/// for any other. A share by trace id decides the same in every service of a trace.
pub(super) fn sampler(config: SamplerConfig) -> Box<dyn ShouldSample> {
    let root = || match config.root {
        Root::All => Sampler::AlwaysOn,
        Root::None => Sampler::AlwaysOff,
        Root::Ratio(ratio) => Sampler::TraceIdRatioBased(ratio),
    };
    if config.parent_based {
        Sampler::parent_based(root()).with_remote_parent_sampled(root()).into()
    } else {
        root().into()
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::{
        Context,
        trace::{SpanContext, SpanId, SpanKind, TraceContextExt, TraceFlags, TraceId, TraceState},
    };
    use opentelemetry_sdk::trace::SamplingDecision;

    use super::*;

    /// What becomes of a span below a caller's, with a trace id that a share of 1 % leaves out.
    fn below(config: SamplerConfig, flags: TraceFlags, is_remote: bool) -> SamplingDecision {
        let trace_id = TraceId::from(u128::MAX);
        let parent =
            SpanContext::new(trace_id, SpanId::from(1), flags, is_remote, TraceState::default());
        let parent = Context::new().with_remote_span_context(parent);
        let decided = sampler(config).should_sample(
            Some(&parent),
            trace_id,
            "request",
            &SpanKind::Server,
            &[],
            &[],
        );
        decided.decision
    }

    #[test]
    fn a_caller_can_keep_its_request_out_and_not_force_it_in() {
        let few = SamplerConfig { root: Root::Ratio(0.01), parent_based: true };
        assert_eq!(below(few, TraceFlags::SAMPLED, true), SamplingDecision::Drop);
        let all = SamplerConfig::default();
        assert_eq!(below(all, TraceFlags::SAMPLED, true), SamplingDecision::RecordAndSample);
        assert_eq!(below(all, TraceFlags::NOT_SAMPLED, true), SamplingDecision::Drop);
    }

    #[test]
    fn spans_of_this_server_follow_their_parent() {
        let few = SamplerConfig { root: Root::Ratio(0.01), parent_based: true };
        assert_eq!(below(few, TraceFlags::SAMPLED, false), SamplingDecision::RecordAndSample);
    }
}
