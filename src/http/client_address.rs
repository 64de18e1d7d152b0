use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
};
use tower::util::MapRequestLayer;

use crate::client_address::{ClientAddress, TrustedProxies};

/// Adds a [`ClientAddress`] to every request.
pub fn with_client_addresses(router: Router, trusted: TrustedProxies) -> Router {
    router.layer(MapRequestLayer::new(move |mut request: Request| {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        // Without a socket there is no other address.
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip());
        let client = ClientAddress::of(peer, request.headers(), &trusted);
        request.extensions_mut().insert(client);
        request
    }))
}
