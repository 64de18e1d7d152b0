//! How this server makes HTTP clients.

use std::sync::{Arc, LazyLock};

use reqwest::{Client, ClientBuilder};
use rustls::{ClientConfig, crypto::aws_lc_rs};
use rustls_platform_verifier::BuilderVerifierExt;

/// The certificate authorities of this machine are up to some hundred files, so all clients share what was
/// read once. `None`: there are none.
static TLS: LazyLock<Option<ClientConfig>> = LazyLock::new(|| tls().ok());

/// A client that names this server, and trusts the certificate authorities of this machine.
pub fn builder() -> ClientBuilder {
    let builder =
        Client::builder().user_agent(concat!("provider-connections/", env!("CARGO_PKG_VERSION")));
    match &*TLS {
        Some(tls) => builder.tls_backend_preconfigured(tls.clone()),
        // It reads them itself, and its error says why that fails.
        None => builder,
    }
}

/// Reads the certificate authorities of this machine. A client that is made meanwhile waits for them.
pub fn read_certificate_authorities() {
    LazyLock::force(&TLS);
}

/// As reqwest makes it, without HTTP/2.
fn tls() -> Result<ClientConfig, rustls::Error> {
    let mut tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth();
    tls.alpn_protocols = vec!["http/1.1".into()];
    Ok(tls)
}
