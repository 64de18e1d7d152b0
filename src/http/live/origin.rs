use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::http::{HeaderMap, HeaderName, header};
use tokio::time::Instant;

use crate::config::CorsOrigins;

/// Headers in which a proxy forwards the original `Host`. No page can make a browser send these
/// with a WebSocket, or to another origin without a preflight.
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");

/// How often a rejected origin is logged: any page can cause as many rejections as it likes.
const LOG_PACE: Duration = Duration::from_mins(1);

/// The page that a request comes from, as far as a browser says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// A page of this server's own host, or of an origin in the settings.
    Known,
    /// A page of any other origin, which may call because all may.
    Any,
    /// A page of another origin. Browsers open sockets for every page: the server must reject it.
    Foreign,
    /// Not a browser's page.
    Absent,
}

/// The origins whose pages may open a WebSocket: those that may call.
#[derive(Clone, Debug)]
pub struct Origins {
    cors: CorsOrigins,
    logged: Arc<Mutex<Option<Instant>>>,
}

impl Origins {
    pub fn new(cors: CorsOrigins) -> Self {
        Self { cors, logged: Arc::default() }
    }

    pub fn of(&self, headers: &HeaderMap) -> Page {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let Some(origin) = origins.next() else { return Page::Absent };
        if origins.next().is_some() {
            return Page::Foreign;
        }
        match &self.cors {
            _ if origin.to_str().is_ok_and(|origin| is_own(origin, headers)) => Page::Known,
            CorsOrigins::These(origins) if origins.contains(origin) => Page::Known,
            CorsOrigins::These(_) => Page::Foreign,
            CorsOrigins::All => Page::Any,
        }
    }

    /// Logs, at most once in a while, which page was rejected and why.
    pub fn log_refused(&self, headers: &HeaderMap) {
        let now = Instant::now();
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.is_some_and(|at| now < at + LOG_PACE) {
            return;
        }
        *logged = Some(now);
        let shown = |name: HeaderName| {
            let text = headers.get(name).and_then(|value| value.to_str().ok());
            text.unwrap_or_default().chars().take(200).collect::<String>()
        };
        tracing::warn!(
            origin = shown(header::ORIGIN),
            host = shown(header::HOST),
            forwarded_host = shown(FORWARDED_HOST),
            "refused a WebSocket from a page whose origin is neither this host nor in \
             CORS_ALLOWED_ORIGINS. If it is your app's, add it; if it is this server's own, make \
             the proxy forward the Host header with its port (nginx: proxy_set_header Host \
             $http_host)"
        );
    }
}

/// Whether the page has the host that it calls. A proxy may have ended TLS, so the scheme only
/// determines the default port here.
fn is_own(origin: &str, headers: &HeaderMap) -> bool {
    let Some((scheme, page)) = origin.split_once("://") else { return false };
    let default_port = match scheme {
        "https" => ":443",
        "http" => ":80",
        // An app's own scheme has its own host.
        _ => return false,
    };
    let text = |name| {
        let value = headers.get(name)?.to_str().ok()?;
        // Of several proxies, the first one knows the host that the page requested.
        value.split(',').next().map(str::trim).filter(|value| !value.is_empty())
    };
    let is_page = |host: &str| {
        let host = host.to_ascii_lowercase();
        host.strip_suffix(default_port).unwrap_or(&host) == page.to_ascii_lowercase()
    };
    let hosts = [text(header::HOST), text(FORWARDED_HOST)];
    let port = text(FORWARDED_PORT);
    hosts.into_iter().flatten().any(|host| {
        let with_port = || port.is_some_and(|port| is_page(&format!("{host}:{port}")));
        is_page(host) || (!has_port(host) && with_port())
    })
}

/// Whether a host has a port; an IPv6 address in brackets contains colons, too.
fn has_port(host: &str) -> bool {
    host.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
        && !host.ends_with(']')
}
