use base64::{Engine, engine::general_purpose::STANDARD};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use webpki::EndEntityCert;

/// The public key of an X.509 certificate in PEM, as PEM (SPKI). The certificate is only a
/// container for the key: its dates and its issuer prove nothing here, as in Hasura.
pub(super) fn public_key(pem: &str) -> Result<String, String> {
    const UNREADABLE: &str = "`key` is a certificate that can't be read: use the public key in it, \
                              `openssl x509 -in certificate.pem -noout -pubkey`";
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| UNREADABLE)?;
    let certificate = EndEntityCert::try_from(&certificate).map_err(|_| UNREADABLE)?;
    let key = STANDARD.encode(certificate.subject_public_key_info().as_ref());
    Ok(format!("-----BEGIN PUBLIC KEY-----\n{key}\n-----END PUBLIC KEY-----\n"))
}
