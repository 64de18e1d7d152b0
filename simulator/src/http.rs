//! Everything that the simulator serves over HTTP.

mod control;
mod cors;
mod date;
mod drip;
mod form;
mod front_page;
mod graphql;
mod instrument;
mod nhost;
pub(crate) mod provider;

use axum::{
    Router, middleware,
    routing::{MethodRouter, get, post},
};

use crate::{Endpoint, Simulator};
use instrument::{Instrument, instrument};

pub(crate) fn router(simulator: &Simulator) -> Router {
    let watched = |endpoint: Endpoint, methods: MethodRouter<Simulator>| {
        let simulator = simulator.clone();
        methods
            .layer(middleware::from_fn_with_state(Instrument { simulator, endpoint }, instrument))
    };
    let nhost = Router::new()
        .route("/signin/provider/{provider}", watched(Endpoint::Signin, get(nhost::signin::signin)))
        .route("/signup/provider/{provider}", watched(Endpoint::Signup, get(nhost::signin::signup)))
        .route("/link/provider/{provider}", watched(Endpoint::Link, post(nhost::link::start)))
        .route(
            "/signin/provider/{provider}/callback",
            watched(Endpoint::SigninCallback, get(nhost::callback::callback)),
        )
        .route(
            "/signin/provider/{provider}/callback/tokens",
            watched(Endpoint::ProviderTokens, get(nhost::provider_tokens::fetch)),
        )
        .route(
            "/token/provider/{provider}",
            watched(Endpoint::RefreshProviderToken, post(nhost::provider_tokens::refresh)),
        )
        .route("/token", watched(Endpoint::Token, post(nhost::session::renew)))
        .route("/token/exchange", watched(Endpoint::TokenExchange, post(nhost::pkce::exchange)))
        .route("/signin/pat", watched(Endpoint::Pat, post(nhost::session::pat)))
        .route("/.well-known/jwks.json", watched(Endpoint::Jwks, get(nhost::jwks)))
        .route(
            "/.well-known/openid-configuration",
            watched(Endpoint::OpenidConfiguration, get(nhost::openid_configuration)),
        )
        .route("/healthz", watched(Endpoint::Healthz, get(nhost::healthz)))
        .route("/version", watched(Endpoint::Version, get(nhost::version)));
    let providers = Router::new()
        .route(
            "/{provider}/authorize",
            get(provider::authorize::page).post(provider::authorize::decide),
        )
        .route(
            "/{provider}/token",
            watched(Endpoint::ProviderToken, post(provider::token::refresh)),
        )
        .route(
            "/{provider}/revoke",
            watched(
                Endpoint::ProviderRevoke,
                post(provider::revoke::revoke).delete(provider::revoke::revoke),
            ),
        )
        .route("/google/risc-configuration", get(provider::signals::configuration))
        .route("/google/risc-keys", get(provider::signals::keys))
        .route(
            "/{provider}/userinfo",
            watched(Endpoint::Userinfo, get(provider::userinfo::userinfo)),
        )
        .route(
            "/{provider}/tokeninfo",
            watched(
                Endpoint::Tokeninfo,
                get(provider::tokeninfo::tokeninfo).post(provider::tokeninfo::tokeninfo),
            ),
        );
    Router::new()
        .route("/", get(front_page::front_page))
        .nest("/v1", nhost)
        .nest("/providers", providers)
        .route("/graphql/v1", watched(Endpoint::Graphql, post(graphql::graphql)))
        .nest("/control", control::router())
        .layer(middleware::from_fn(cors::cors))
        .layer(middleware::from_fn_with_state(simulator.clone(), date::date))
        .with_state(simulator.clone())
}
