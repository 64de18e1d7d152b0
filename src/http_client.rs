//! The HTTP clients of this server: what they have in common.

use std::sync::{Arc, LazyLock};

use reqwest::{Client, ClientBuilder};
use rustls::{ClientConfig, crypto::aws_lc_rs};
use rustls_platform_verifier::BuilderVerifierExt;

/// The certificate authorities of this machine may be hundreds of files, so they are read once for all
/// clients. `None`: there are none, or they can't be read.
static TLS: LazyLock<Option<ClientConfig>> = LazyLock::new(|| tls().ok());

/// A client that names this server (GitHub rejects calls without a user agent), and trusts the
/// certificate authorities of this machine.
pub fn builder() -> ClientBuilder {
    let builder =
        Client::builder().user_agent(concat!("provider-connections/", env!("CARGO_PKG_VERSION")));
    match &*TLS {
        Some(tls) => builder.tls_backend_preconfigured(tls.clone()),
        // Then it tries to read them itself when it is built, and its error says why that fails.
        None => builder,
    }
}

/// Reads the certificate authorities of this machine, unless that is done. A client that is made meanwhile
/// waits for them.
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
