//! What every request and every response passes.

use std::time::Duration;

use axum::{
    Router,
    body::Body,
    http::{HeaderName, HeaderValue, Request, Response, StatusCode, header},
};
use serde_json::json;
use tower::{ServiceBuilder, util::MapResponseLayer};
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    set_header::SetResponseHeaderLayer,
    trace::TraceLayer,
};
use tracing::Span;

use super::{
    answer::{MediaType, refused},
    cors::CrossOriginLayer,
    signals,
    traced::TracedLayer,
};
use crate::random::Random;

pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Both routers as one, with the layers of every request. Only `private` has CORS, `no-store` and the
/// response to a panic: public files set their own CORS and caching headers.
pub fn layered(private: Router, files: Router, cors: CrossOriginLayer, random: Random) -> Router {
    // The outermost first.
    let all = ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(REQUEST_ID, NewRequestId(random)))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_request(())
                .on_response(|response: &Response<_>, latency: Duration, _: &Span| {
                    tracing::debug!(
                        status = response.status().as_u16(),
                        latency_ms = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX),
                        "answered"
                    );
                })
                .on_failure(()),
        )
        .layer(TracedLayer)
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetResponseHeaderLayer::overriding(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        // A response that a browser opens directly is plain content: it loads nothing and can't be
        // framed.
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
        ));
    // One call of `Router::layer`: each call boxes the future of a request once more.
    let of_private = ServiceBuilder::new()
        .layer(all.clone())
        // Without it, each layer of `all` would exist for two types of body.
        .layer(MapResponseLayer::new(|response: Response<_>| response.map(Body::new)))
        .layer(cors)
        // Responses contain access tokens.
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
        .layer(CatchPanicLayer::custom(panicked));
    private.layer(of_private).merge(files.layer(all))
}

/// It contains neither the query of the URL, nor a header, nor the secret of a path: all of these
/// can contain secrets.
fn span(request: &Request<Body>) -> Span {
    let id = request.extensions().get::<RequestId>();
    tracing::info_span!(
        "request",
        id = id.and_then(|id| id.header_value().to_str().ok()).unwrap_or_default(),
        method = %request.method(),
        path = signals::shown(request.uri().path()),
    )
}

#[expect(clippy::needless_pass_by_value, reason = "tower-http's signature")]
fn panicked(panic: Box<dyn std::any::Any + Send + 'static>) -> Response<Body> {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(panic = text, "a request panicked: this is a bug, please report it");
    refused(
        MediaType::Json,
        StatusCode::INTERNAL_SERVER_ERROR,
        "INTERNAL",
        "The server could not complete the request. The operator can find the cause in its log.",
        &json!({}),
    )
}

/// Gives an id to a request without one.
#[derive(Clone, Debug)]
struct NewRequestId(Random);

impl MakeRequestId for NewRequestId {
    fn make_request_id<B>(&mut self, _: &Request<B>) -> Option<RequestId> {
        let id = self.0.uuid().to_string();
        HeaderValue::from_str(&id).ok().map(RequestId::new)
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;
    use crate::{config::CorsOrigins, http::cors::cors};

    #[tokio::test]
    async fn the_answer_to_a_request_that_panicked_has_the_headers_of_every_answer() {
        let panics = Router::new().route("/", get(async || -> () { panic!("a test") }));
        let cors = cors(CorsOrigins::All, false, REQUEST_ID);
        let router = layered(panics, Router::new(), cors, Random::system());
        let request = Request::builder()
            .uri("/")
            .header("origin", "https://app.example.com")
            .header(REQUEST_ID, "given")
            .body(Body::empty());

        let answer = router.oneshot(request.unwrap()).await.unwrap();

        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in [
            ("x-request-id", "given"),
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("cache-control", "no-store"),
            ("access-control-allow-origin", "*"),
        ] {
            assert_eq!(answer.headers()[name], value, "{name}");
        }
    }
}
