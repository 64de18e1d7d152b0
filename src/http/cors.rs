//! CORS: which pages of other origins may call this server and read what it answers (Fetch
//! standard, section 3.3).

use std::{
    mem,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    extract::Request,
    http::{HeaderName, Method, header},
    response::Response,
};
use futures_util::future::Either;
use tower::{Layer, Service};
use tower_http::cors::{AllowHeaders, AllowOrigin, Cors, CorsLayer};

use crate::config::CorsOrigins;

/// The layer for these origins. `credentials`: whether browsers send cookies, and pages may read the
/// response to them. `exposed`: a header of the response that pages may read.
pub fn cors(origins: CorsOrigins, credentials: bool, exposed: HeaderName) -> CrossOriginLayer {
    let cors = CorsLayer::new()
        .allow_origin(match origins {
            CorsOrigins::All => AllowOrigin::any(),
            CorsOrigins::These(origins) => AllowOrigin::list(origins),
        })
        .allow_credentials(credentials)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([exposed])
        .max_age(Duration::from_mins(10));
    CrossOriginLayer(Arc::new(cors))
}

/// CORS for the requests that browsers send under its rules. An `OPTIONS` that asks for no method
/// isn't a preflight, so the path itself answers it. (`CorsLayer` treats each `OPTIONS` as a
/// preflight.)
#[derive(Clone)]
pub struct CrossOriginLayer(Arc<CorsLayer>);

impl<S> Layer<S> for CrossOriginLayer {
    type Service = CrossOrigin<S>;

    fn layer(&self, inner: S) -> Self::Service {
        // It panics if the rules exclude each other: here, at the start, and not at a request.
        let _ = self.0.layer(());
        CrossOrigin { cors: self.0.clone(), inner }
    }
}

/// Cloned for each request. The lists are copied only for requests that CORS applies to.
#[derive(Clone)]
pub struct CrossOrigin<S> {
    cors: Arc<CorsLayer>,
    inner: S,
}

impl<S, B> Service<Request> for CrossOrigin<S>
where
    S: Service<Request, Response = Response<B>> + Clone,
    B: Default,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = Either<<Cors<S> as Service<Request>>::Future, S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let headers = request.headers();
        let is_for_cors = match *request.method() {
            Method::OPTIONS => headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD),
            // Browsers name the origin of each (Fetch standard, section 3.2), and nothing caches the
            // response.
            Method::POST => headers.contains_key(header::ORIGIN),
            // A cache may keep the response, and return it to a page of another origin.
            _ => true,
        };
        if !is_for_cors {
            return Either::Right(self.inner.call(request));
        }
        // The clone is not ready yet.
        let clone = self.inner.clone();
        let ready = mem::replace(&mut self.inner, clone);
        Either::Left(self.cors.layer(ready).call(request))
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, routing::get};
    use tower::ServiceExt;

    use super::*;

    /// A cache that kept it for one origin must not return it to another.
    #[tokio::test]
    async fn what_a_cache_may_keep_says_that_it_depends_on_the_origin() {
        let origins = CorsOrigins::These(vec!["https://app.example.com".parse().unwrap()]);
        let exposed = HeaderName::from_static("x-request-id");
        let file = Router::new().route("/", get("a file")).layer(cors(origins, false, exposed));

        let answer = file.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();

        let vary = answer.headers().get_all(header::VARY).iter();
        assert!(vary.into_iter().any(|names| names.to_str().unwrap().contains("origin")));
    }
}
