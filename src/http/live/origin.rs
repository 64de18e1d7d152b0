use axum::http::{HeaderMap, header};

use crate::config::CorsOrigins;

/// Where a request comes from, as far as a browser says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// A page of this server's own host, or of an origin that the settings name.
    Known,
    /// A page of any other origin, which may call because all may.
    Any,
    /// A page of another origin. Browsers open sockets for every page: it is for the server to
    /// refuse.
    Foreign,
    /// No browser's page.
    NoPage,
}

/// Pages of which origins may open a WebSocket: those that may call.
#[derive(Clone, Debug)]
pub struct Origins(pub CorsOrigins);

impl Origins {
    pub fn of(&self, headers: &HeaderMap) -> From {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let Some(origin) = origins.next() else { return From::NoPage };
        if origins.next().is_some() {
            return From::Foreign;
        }
        let own =
            headers.get(header::HOST).zip(origin.to_str().ok()).is_some_and(|(host, origin)| {
                // A proxy may have ended TLS: the scheme says nothing here.
                let at = origin.split_once("://").map(|(_, at)| at);
                at.is_some_and(|at| host.as_bytes().eq_ignore_ascii_case(at.as_bytes()))
            });
        match &self.0 {
            _ if own => From::Known,
            CorsOrigins::These(origins) if origins.contains(origin) => From::Known,
            CorsOrigins::These(_) => From::Foreign,
            CorsOrigins::All => From::Any,
        }
    }
}
