//! Serves pages under the server's own names only. If a foreign host name suddenly resolves to this
//! server (DNS rebinding), a browser treats the page behind that name as the same origin as these
//! pages, so it could read everything that they can. But it can't choose the `Host` header.

use std::{net::IpAddr, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, Uri, header, uri::Authority},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use serde_json::json;

use super::answer::{MediaType, refused};

/// The accepted names: `localhost`, any IP address, and those in the setting. An IP address is safe
/// because no DNS look-up is involved; any port is accepted, because a tunnel or a container may
/// publish another one.
#[derive(Clone, Debug)]
pub struct AllowedHosts(Arc<[String]>);

impl AllowedHosts {
    /// `names` are in lower case.
    pub fn new(names: Vec<String>) -> Self {
        Self(names.into())
    }

    /// The same paths under these names only: 421 for all others (RFC 9110, section 15.5.20).
    pub fn only(self, router: Router) -> Router {
        router.layer(from_fn_with_state(self, check))
    }

    fn allow(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(header::HOST).iter();
        match (hosts.next(), hosts.next()) {
            // HTTP/2 has it in the URI. A request without any is not from a browser.
            (None, _) => uri.host().is_none_or(|host| self.has(host)),
            (Some(host), None) => {
                let authority = Authority::try_from(host.as_bytes()).ok();
                authority.is_some_and(|authority| {
                    !authority.as_str().contains('@') && self.has(authority.host())
                })
            }
            (Some(_), Some(_)) => false,
        }
    }

    fn has(&self, host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        literal.parse::<IpAddr>().is_ok()
            || host == "localhost"
            || host.ends_with(".localhost")
            || self.0.contains(&host)
    }
}

async fn check(State(hosts): State<AllowedHosts>, request: Request, next: Next) -> Response {
    if hosts.allow(request.uri(), request.headers()) {
        return next.run(request).await;
    }
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.or(request.uri().host()).unwrap_or_default();
    tracing::warn!(host, "a page was requested under a host name that is not this server's");
    refused(
        MediaType::Json,
        StatusCode::MISDIRECTED_REQUEST,
        "MISDIRECTED_REQUEST",
        "This page is served only under localhost, IP addresses and this server's own names. If \
         this name is one of them, add it to ALLOWED_HOSTS.",
        &json!({}),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(names: &[&str], uri: &str, hosts: &[&str]) -> bool {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(header::HOST, host.parse().unwrap());
        }
        AllowedHosts::new(names).allow(&uri.parse().unwrap(), &headers)
    }

    #[test]
    fn its_own_names_are_answered_to_with_any_port_and_nothing_that_looks_like_them() {
        for host in [
            "localhost",
            "localhost:4000",
            "LOCALHOST:80",
            "localhost.",
            "demo.localhost:4000",
            "127.0.0.1:4000",
            "[::1]:4000",
            "[::1]",
            "192.168.1.7:4000",
            "tool.example.com",
            "Tool.Example.com:8443",
        ] {
            assert!(allows(&["tool.example.com"], "/", &[host]), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:4000",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "tool.example.com.evil.example",
            "xtool.example.com",
            "notlocalhost",
            "localhost@evil.example",
            "evil.example@localhost",
            "127.0.0.1@evil.example",
            "",
            " ",
            "local host",
        ] {
            assert!(!allows(&["tool.example.com"], "/", &[host]), "{host:?}");
        }
    }

    #[test]
    fn http_2_has_the_name_in_the_address() {
        assert!(allows(&[], "http://localhost:4000/", &[]));
        assert!(!allows(&[], "http://evil.example/", &[]));
        assert!(allows(&[], "/", &[]), "HTTP/1.0, and no browser");
    }

    #[test]
    fn two_names_are_none() {
        assert!(!allows(&[], "/", &["localhost", "evil.example"]));
    }
}
