//! The variables of OpenTelemetry: <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>.
//!
//! They are set for whole clusters, so a value that this server can't follow never keeps it from
//! starting: it is a warning. The SDK reads those that are not here, such as `OTEL_BSP_…`, itself.

use std::{collections::HashMap, fmt, path::PathBuf, time::Duration};

use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{environment, reference};

#[cfg(test)]
mod tests;

/// Where a collector is by default, for OTLP over HTTP.
const DEFAULT_ENDPOINT: &str = "http://localhost:4318";
/// How long an export may take by default.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// What is exported where. `None`: that signal is not exported.
#[derive(Debug, Default)]
pub struct TelemetryConfig {
    pub traces: Option<Export>,
    pub metrics: Option<Export>,
    pub logs: Option<Export>,
    pub sampler: SamplerConfig,
    /// `OTEL_RESOURCE_ATTRIBUTES`, and `OTEL_SERVICE_NAME` as `service.name`. The SDK reads those of the
    /// environment itself, and not those of settings files.
    pub resource: Vec<(String, String)>,
    /// What can't be followed, a sentence each.
    pub warnings: Vec<String>,
}

/// How one signal is exported.
#[derive(Clone)]
pub struct Export {
    pub endpoint: Url,
    /// Sent with each export. Values are secrets, such as a token of the collector.
    pub headers: Vec<(String, SecretString)>,
    pub timeout: Duration,
    pub gzip: bool,
}

/// Which traces are recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SamplerConfig {
    pub root: Root,
    /// Whether spans below another follow its decision.
    pub parent_based: bool,
}

/// Which traces that begin here are recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Root {
    All,
    None,
    /// This share of them, 0 to 1.
    Ratio(f64),
}

impl Default for SamplerConfig {
    fn default() -> Self {
        Self { root: Root::All, parent_based: true }
    }
}

/// Whether a variable of this name is read here.
pub(super) fn reads(name: &str) -> bool {
    let is_listed = reference::VARIABLES.iter().any(|variable| variable.name == name);
    name.starts_with("OTEL_") && is_listed || name.starts_with("OTEL_EXPORTER_OTLP_")
}

/// Whether the SDK reads a variable of this name itself, from the environment of the process.
pub(super) fn is_of_sdk(name: &str) -> bool {
    const BEGINNINGS: [&str; 4] = ["OTEL_BLRP_", "OTEL_BSP_", "OTEL_METRIC_EXPORT_", "OTEL_SPAN_"];
    BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
}

impl TelemetryConfig {
    /// Reads the variables of the process, and of its settings files.
    pub fn from_env() -> Self {
        let unicode = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self::read(environment::vars_os().filter_map(unicode))
    }

    /// Whether anything is exported.
    pub fn is_on(&self) -> bool {
        self.traces.is_some() || self.metrics.is_some() || self.logs.is_some()
    }

    fn read(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut variables = Variables::of(variables);
        let disabled = variables.flag("OTEL_SDK_DISABLED");
        let config = Self {
            traces: variables.export("TRACES", "v1/traces"),
            metrics: variables.export("METRICS", "v1/metrics"),
            logs: variables.export("LOGS", "v1/logs"),
            sampler: variables.sampler(),
            resource: variables.resource(),
            warnings: Vec::new(),
        };
        if disabled {
            return Self::default();
        }
        let is_on = config.is_on();
        Self { warnings: if is_on { variables.told() } else { variables.warnings }, ..config }
    }
}

/// The variables that are set, and what is wrong with them.
struct Variables {
    set: HashMap<String, String>,
    warnings: Vec<String>,
}

impl Variables {
    /// An empty value is as good as none, as specified.
    fn of(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let set = variables
            .into_iter()
            .filter(|(name, value)| name.starts_with("OTEL_") && !value.trim().is_empty())
            .collect();
        Self { set, warnings: Vec::new() }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.set.get(name).map(|value| value.trim())
    }

    fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    fn flag(&mut self, name: &str) -> bool {
        match self.get(name).map(str::to_ascii_lowercase).as_deref() {
            Some("true") => true,
            None | Some("false") => false,
            Some(_) => {
                self.warn(format!("{name} is neither true nor false: it counts as false"));
                false
            }
        }
    }

    /// A signal's own variable, or the one of all signals; and its name.
    fn of_signal(&self, signal: &str, suffix: &str) -> Option<(String, String)> {
        let names = [
            format!("OTEL_EXPORTER_OTLP_{signal}_{suffix}"),
            format!("OTEL_EXPORTER_OTLP_{suffix}"),
        ];
        names.into_iter().find_map(|name| {
            let value = self.get(&name)?.to_owned();
            Some((name, value))
        })
    }

    /// How a signal is exported, where anything asks for it.
    fn export(&mut self, signal: &str, path: &str) -> Option<Export> {
        let exporter = format!("OTEL_{signal}_EXPORTER");
        let asked_for = match self.get(&exporter) {
            None => self.of_signal(signal, "ENDPOINT").is_some(),
            Some("otlp") => true,
            Some("none") => false,
            Some(other) => {
                let warning = format!(
                    "{exporter} is {other:?}, which is not supported: write otlp or none. Until \
                     then nothing is exported for it"
                );
                self.warn(warning);
                false
            }
        };
        if !asked_for {
            return None;
        }
        if let Some((name, protocol)) = self.of_signal(signal, "PROTOCOL")
            && protocol != "http/protobuf"
        {
            self.warn(format!(
                "{name} is {protocol:?}, which is not supported: write http/protobuf, and use the \
                 collector's port for it (usually 4318). Until then nothing is exported for it"
            ));
            return None;
        }
        Some(Export {
            endpoint: self.endpoint(signal, path)?,
            headers: self.headers(signal),
            timeout: self.timeout(signal),
            gzip: self.gzip(signal)?,
        })
    }

    /// A signal's own endpoint is taken as it is; the one of all signals gets the signal's path.
    fn endpoint(&mut self, signal: &str, path: &str) -> Option<Url> {
        let own = format!("OTEL_EXPORTER_OTLP_{signal}_ENDPOINT");
        let (name, endpoint) = self
            .of_signal(signal, "ENDPOINT")
            .unwrap_or_else(|| (String::new(), DEFAULT_ENDPOINT.to_owned()));
        let url = endpoint.parse::<Url>().ok();
        let Some(mut url) = url.filter(|url| matches!(url.scheme(), "http" | "https")) else {
            // It may hold a password.
            self.warn(format!(
                "{name} is not a URL: write http://HOST:4318 or https://HOST:4318. Until then \
                 nothing is exported for it"
            ));
            return None;
        };
        if name != own {
            let base = url.path().trim_end_matches('/').to_owned();
            url.set_path(&format!("{base}/{path}"));
        }
        Some(url)
    }

    /// `name=value,name=value`, with values percent-encoded; from a file where that is named.
    fn headers(&mut self, signal: &str) -> Vec<(String, SecretString)> {
        let Some((name, value)) =
            self.of_signal(signal, "HEADERS").or_else(|| self.headers_of_file(signal))
        else {
            return Vec::new();
        };
        let mut headers = Vec::new();
        for entry in value.split(',').filter(|entry| !entry.trim().is_empty()) {
            let read = entry.split_once('=').and_then(|(key, value)| {
                let key = http::HeaderName::try_from(key.trim()).ok()?;
                let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
                http::HeaderValue::try_from(&*value).ok()?;
                Some((key.as_str().to_owned(), SecretString::from(value.into_owned())))
            });
            match read {
                Some(header) => headers.push(header),
                None => self.warn(format!(
                    "{name} has an entry that is not a header, and it is not sent: write \
                     name=value,name=value, with percent-encoded values"
                )),
            }
        }
        headers
    }

    /// The value that is in a file, as other secrets of this server may be.
    fn headers_of_file(&mut self, signal: &str) -> Option<(String, String)> {
        let (name, file) = self.of_signal(signal, "HEADERS_FILE")?;
        match std::fs::read_to_string(PathBuf::from(&file)) {
            Ok(value) => Some((name, value.trim().to_owned())),
            Err(error) => {
                self.warn(format!("{name}: {file} can't be read: {error}. No headers are sent"));
                None
            }
        }
    }

    /// Milliseconds.
    fn timeout(&mut self, signal: &str) -> Duration {
        let Some((name, value)) = self.of_signal(signal, "TIMEOUT") else {
            return DEFAULT_TIMEOUT;
        };
        match value.parse::<u64>() {
            Ok(milliseconds) if milliseconds > 0 => Duration::from_millis(milliseconds),
            _ => {
                self.warn(format!(
                    "{name} is {value:?}: write a number of milliseconds. 10000 is used"
                ));
                DEFAULT_TIMEOUT
            }
        }
    }

    fn gzip(&mut self, signal: &str) -> Option<bool> {
        match self.of_signal(signal, "COMPRESSION") {
            None => Some(false),
            Some((_, value)) if value == "gzip" => Some(true),
            Some((name, value)) => {
                self.warn(format!(
                    "{name} is {value:?}, which is not supported: write gzip, or unset it. Until \
                     then nothing is exported for it"
                ));
                None
            }
        }
    }

    fn sampler(&mut self) -> SamplerConfig {
        let Some(name) = self.get("OTEL_TRACES_SAMPLER").map(str::to_owned) else {
            return SamplerConfig::default();
        };
        let (root, parent_based) = match &*name {
            "always_on" => (Root::All, false),
            "always_off" => (Root::None, false),
            "traceidratio" => (Root::Ratio(self.ratio()), false),
            "parentbased_always_on" => (Root::All, true),
            "parentbased_always_off" => (Root::None, true),
            "parentbased_traceidratio" => (Root::Ratio(self.ratio()), true),
            _ => {
                self.warn(format!(
                    "OTEL_TRACES_SAMPLER is {name:?}, which is not supported: \
                     parentbased_always_on is used"
                ));
                return SamplerConfig::default();
            }
        };
        SamplerConfig { root, parent_based }
    }

    fn ratio(&mut self) -> f64 {
        let given = self.get("OTEL_TRACES_SAMPLER_ARG").map(str::to_owned);
        match given.as_deref().map(str::parse::<f64>) {
            None => 1.0,
            Some(Ok(ratio)) if (0.0..=1.0).contains(&ratio) => ratio,
            Some(_) => {
                let given = given.unwrap_or_default();
                self.warn(format!(
                    "OTEL_TRACES_SAMPLER_ARG is {given:?}: write a number from 0 to 1. 1 is used"
                ));
                1.0
            }
        }
    }

    /// `name=value,name=value`, with values percent-encoded.
    fn resource(&self) -> Vec<(String, String)> {
        let attributes = self.get("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default();
        let mut resource: Vec<_> = attributes
            .split(',')
            .filter_map(|entry| {
                let (name, value) = entry.split_once('=')?;
                let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
                Some((name.trim().to_owned(), value.into_owned()))
            })
            .collect();
        if let Some(name) = self.get("OTEL_SERVICE_NAME") {
            resource.retain(|(of, _)| of != "service.name");
            resource.push(("service.name".to_owned(), name.to_owned()));
        }
        resource
    }

    /// All warnings, those of variables that nothing here reads included.
    fn told(mut self) -> Vec<String> {
        let mut unread: Vec<_> = self
            .set
            .keys()
            .filter(|name| UNSUPPORTED.iter().any(|suffix| name.ends_with(suffix)))
            .cloned()
            .collect();
        unread.sort_unstable();
        for name in unread {
            self.warn(format!(
                "{name} is not supported: use a collector certificate that this machine trusts, \
                 and no client certificates"
            ));
        }
        self.warnings
    }
}

/// Says neither headers nor what may be a password in the endpoint.
impl fmt::Debug for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Export").field("host", &self.endpoint.host_str()).finish_non_exhaustive()
    }
}

const UNSUPPORTED: [&str; 3] = ["_CLIENT_KEY", "_CLIENT_CERTIFICATE", "_CERTIFICATE"];

impl Export {
    /// The headers as the exporter takes them.
    pub fn headers(&self) -> HashMap<String, String> {
        let plain = |(name, value): &(String, SecretString)| {
            (name.clone(), value.expose_secret().to_owned())
        };
        self.headers.iter().map(plain).collect()
    }
}
