//! Settings that are not flags, for `docs/settings.md`.

pub(crate) use super::providers::reference as providers;

/// A variable that is read from the environment and from settings files.
pub struct Variable {
    pub name: &'static str,
    /// What it takes, as in `--help`.
    pub value: &'static str,
    /// Empty: none.
    pub default: &'static str,
    pub text: &'static str,
}

/// A setting of single providers.
pub struct ProviderSetting {
    /// Without `PROVIDER_<ID>_`.
    pub name: &'static str,
    pub value: &'static str,
    pub text: &'static str,
    /// The IDs of the providers that have it, and of those that don't.
    pub having: Vec<&'static str>,
    pub lacking: Vec<&'static str>,
    /// Whether it can be in a file.
    pub is_secret: bool,
}

impl ProviderSetting {
    /// The providers that have it, in few words.
    pub fn providers(&self) -> String {
        if self.lacking.is_empty() {
            "all".to_owned()
        } else if self.lacking.len() < self.having.len() {
            format!("all but {}", self.lacking.join(", "))
        } else {
            self.having.join(", ")
        }
    }
}

const fn variable(
    name: &'static str,
    value: &'static str,
    default: &'static str,
    text: &'static str,
) -> Variable {
    Variable { name, value, default, text }
}

/// The log's, and those of OpenTelemetry that this server reads itself.
pub const VARIABLES: &[Variable] = &[
    variable(
        "RUST_LOG",
        "LEVEL|FILTER",
        "info",
        "What is logged: `error`, `warn`, `info`, `debug` or `trace`, or a filter such as \
         `info,provider_connections=debug`",
    ),
    variable(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "URL",
        "",
        "OpenTelemetry collector that receives traces, metrics and logs over OTLP/HTTP. By default \
         nothing is exported",
    ),
    variable(
        "OTEL_EXPORTER_OTLP_HEADERS",
        "NAME=VALUE,…",
        "",
        "Headers of each export, such as a token, percent-encoded. Can be in a file that \
         OTEL_EXPORTER_OTLP_HEADERS_FILE names",
    ),
    variable(
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "http/protobuf",
        "http/protobuf",
        "Protocol of exports. No other is supported",
    ),
    variable("OTEL_EXPORTER_OTLP_TIMEOUT", "MILLISECONDS", "10000", "How long an export may take"),
    variable(
        "OTEL_EXPORTER_OTLP_COMPRESSION",
        "gzip",
        "",
        "Compression of exports. By default none",
    ),
    variable(
        "OTEL_EXPORTER_OTLP_<SIGNAL>_…",
        "",
        "",
        "Each of the variables above for one signal: `TRACES`, `METRICS` or `LOGS`. The endpoint \
         of one signal is used unchanged, without adding `/v1/traces` and the like",
    ),
    variable(
        "OTEL_TRACES_EXPORTER",
        "otlp|none",
        "",
        "Whether traces are exported. By default if there is an endpoint",
    ),
    variable(
        "OTEL_METRICS_EXPORTER",
        "otlp|none",
        "",
        "Whether metrics are exported. By default if there is an endpoint",
    ),
    variable(
        "OTEL_LOGS_EXPORTER",
        "otlp|none",
        "",
        "Whether logs are exported. By default if there is an endpoint",
    ),
    variable(
        "OTEL_TRACES_SAMPLER",
        "NAME",
        "parentbased_always_on",
        "Which traces are recorded: `always_on`, `always_off`, `traceidratio`, or one of these with \
         `parentbased_` in front",
    ),
    variable(
        "OTEL_TRACES_SAMPLER_ARG",
        "RATIO",
        "1",
        "Share of traces that `traceidratio` records, from 0 to 1",
    ),
    variable(
        "OTEL_SERVICE_NAME",
        "NAME",
        "provider-connections",
        "Name of this service in traces, metrics and logs",
    ),
    variable(
        "OTEL_RESOURCE_ATTRIBUTES",
        "NAME=VALUE,…",
        "",
        "Further attributes of this service, percent-encoded",
    ),
    variable("OTEL_SDK_DISABLED", "true|false", "false", "Turn off all exports"),
];
