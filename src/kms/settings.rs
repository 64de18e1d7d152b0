use std::time::Duration;

use secrecy::SecretString;

/// Where the services are, and which keys they wrap with.
#[derive(Clone, Debug)]
pub struct KmsSettings {
    pub vault_addr: Option<String>,
    pub vault_token: Option<SecretString>,
    /// A namespace of Vault Enterprise or OpenBao.
    pub vault_namespace: Option<String>,
    pub vault_transit_mount: String,
    pub vault_transit_key: String,
    /// The key that wraps; a wrapped key contains the name of its own.
    pub aws_kms_key_id: Option<String>,
    /// `projects/…/locations/…/keyRings/…/cryptoKeys/…`
    pub gcp_kms_key: Option<String>,
    /// How long to retry a service that does not answer.
    pub timeout: Duration,
}

impl Default for KmsSettings {
    fn default() -> Self {
        Self {
            vault_addr: None,
            vault_token: None,
            vault_namespace: None,
            vault_transit_mount: "transit".to_owned(),
            vault_transit_key: "provider-connections".to_owned(),
            aws_kms_key_id: None,
            gcp_kms_key: None,
            timeout: Duration::from_secs(30),
        }
    }
}
