use super::*;

fn read(variables: &[(&str, &str)]) -> TelemetryConfig {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    TelemetryConfig::read(variables.iter().map(owned))
}

fn endpoint(export: Option<&Export>) -> Option<&str> {
    export.map(|export| export.endpoint.as_str())
}

#[test]
fn without_a_variable_nothing_is_exported() {
    let config = read(&[("PATH", "/bin"), ("OTEL_SERVICE_NAME", "tokens")]);
    assert!(!config.is_on());
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
}

#[test]
fn an_endpoint_gets_the_path_of_each_signal_and_a_signals_own_is_taken_as_it_is() {
    let config = read(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector:4318/in/"),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://logs:9000/any"),
        ("OTEL_METRICS_EXPORTER", "none"),
    ]);
    assert_eq!(endpoint(config.traces.as_ref()), Some("https://collector:4318/in/v1/traces"));
    assert_eq!(endpoint(config.logs.as_ref()), Some("http://logs:9000/any"));
    assert!(config.metrics.is_none());
}

#[test]
fn an_exporter_alone_sends_to_the_collector_of_this_machine() {
    let config = read(&[("OTEL_TRACES_EXPORTER", "otlp")]);
    assert_eq!(endpoint(config.traces.as_ref()), Some("http://localhost:4318/v1/traces"));
    assert!(config.metrics.is_none() && config.logs.is_none());
}

#[test]
fn a_disabled_sdk_exports_nothing() {
    let config = read(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"),
        ("OTEL_SDK_DISABLED", "TRUE"),
    ]);
    assert!(!config.is_on());
}

#[test]
fn headers_are_percent_encoded_and_are_no_words_for_debug() {
    let config = read(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20plantedToken, x-tenant = a"),
    ]);
    let traces = config.traces.as_ref().unwrap();
    let headers = traces.headers();
    assert_eq!(headers["authorization"], "Bearer plantedToken");
    assert_eq!(headers["x-tenant"], "a");
    assert!(!format!("{config:?}").contains("plantedToken"));
}

#[test]
fn headers_may_be_in_a_file() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "authorization=Basic%20abc\n").unwrap();
    let config = read(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"),
        ("OTEL_EXPORTER_OTLP_HEADERS_FILE", file.path().to_str().unwrap()),
    ]);
    assert_eq!(config.logs.unwrap().headers()["authorization"], "Basic abc");
}

#[test]
fn samplers_are_those_of_the_specification() {
    let sampler = |name, arg| {
        let variables = [("OTEL_TRACES_SAMPLER", name), ("OTEL_TRACES_SAMPLER_ARG", arg)];
        read(&variables).sampler
    };
    assert_eq!(sampler("", ""), SamplerConfig { root: Root::All, parent_based: true });
    assert_eq!(
        sampler("traceidratio", "0.25"),
        SamplerConfig { root: Root::Ratio(0.25), parent_based: false }
    );
    assert_eq!(
        sampler("parentbased_always_off", ""),
        SamplerConfig { root: Root::None, parent_based: true }
    );
}

#[test]
fn what_can_not_be_followed_is_told_and_keeps_nothing_from_starting() {
    let told = |name: &str, value: &str| {
        let on = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
        read(&[on, (name, value)]).warnings.join("\n")
    };
    for (name, value) in [
        ("OTEL_TRACES_EXPORTER", "jaeger"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/ca.pem"),
        ("OTEL_TRACES_SAMPLER", "xray"),
        ("OTEL_SDK_DISABLED", "yes"),
    ] {
        assert!(told(name, value).contains(name), "{name}: {:?}", told(name, value));
    }
    assert_eq!(told("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), "");
}

#[test]
fn a_protocol_that_is_not_spoken_exports_nothing() {
    let config = read(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    ]);
    assert!(!config.is_on());
    assert_eq!(config.warnings.len(), 1, "{:?}", config.warnings);
}
