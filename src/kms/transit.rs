//! Transit, the encryption of HashiCorp Vault and OpenBao as a service.
//! <https://developer.hashicorp.com/vault/api-docs/secret/transit>

use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret, zeroize::Zeroizing};
use vaultrs::{
    client::{VaultClient, VaultClientSettingsBuilder},
    error::ClientError,
    transit::data,
};

use super::{Kms, KmsError, KmsSettings};
use crate::vault::Wrapper;

const WRAPPER: Wrapper = Wrapper::Vault;

pub struct Transit {
    client: VaultClient,
    mount: String,
    key: String,
}

impl Transit {
    pub fn new(settings: &KmsSettings) -> Result<Self, KmsError> {
        let not_set = |setting, advice| KmsError::NotSet { wrapper: WRAPPER, setting, advice };
        let address = settings.vault_addr.as_deref().ok_or_else(|| {
            not_set(
                "VAULT_ADDR",
                "Set it to the address of Vault, such as https://vault.example.com:8200",
            )
        })?;
        let token = settings.vault_token.as_ref().ok_or_else(|| {
            not_set(
                "VAULT_TOKEN",
                "Set it, or VAULT_TOKEN_FILE, to a token that is allowed to decrypt with the key",
            )
        })?;
        let client = VaultClientSettingsBuilder::default()
            .address(address)
            .token(token.expose_secret())
            .namespace(settings.vault_namespace.clone())
            .timeout(Some(settings.timeout))
            .build()
            .map_err(|error| unavailable(error.to_string()))
            .and_then(|settings| {
                VaultClient::new(settings).map_err(|error| unavailable(error.to_string()))
            })?;
        Ok(Self {
            client,
            mount: settings.vault_transit_mount.clone(),
            key: settings.vault_transit_key.clone(),
        })
    }
}

#[async_trait]
impl Kms for Transit {
    async fn wrap(&self, key: &[u8]) -> Result<String, KmsError> {
        let plaintext = Zeroizing::new(BASE64_STANDARD.encode(key));
        let wrapped = data::encrypt(&self.client, &self.mount, &self.key, &plaintext, None).await;
        let ciphertext = wrapped.map_err(of_client)?.ciphertext;
        // The prefix `vault:` of the entry is also that of the ciphertext.
        Ok(ciphertext.strip_prefix("vault:").unwrap_or(&ciphertext).to_owned())
    }

    async fn unwrap(&self, wrapped: &str) -> Result<Zeroizing<Vec<u8>>, KmsError> {
        let ciphertext = format!("vault:{wrapped}");
        let opened = data::decrypt(&self.client, &self.mount, &self.key, &ciphertext, None).await;
        let plaintext = Zeroizing::new(opened.map_err(of_client)?.plaintext);
        BASE64_STANDARD.decode(plaintext.as_bytes()).map(Zeroizing::new).map_err(|_| {
            KmsError::Refused { wrapper: WRAPPER, cause: "it answers no base64".to_owned() }
        })
    }
}

fn unavailable(cause: String) -> KmsError {
    KmsError::Unavailable { wrapper: WRAPPER, cause }
}

fn of_client(error: ClientError) -> KmsError {
    match error {
        ClientError::APIError { code, errors } => {
            let said = errors.join(", ");
            KmsError::of_status(WRAPPER, Some(code), format!("{code} {said}"))
        }
        ClientError::RestClientError { source } => {
            // The innermost cause: the others only say that there was an error.
            let mut cause: &dyn std::error::Error = &source;
            while let Some(inner) = cause.source() {
                cause = inner;
            }
            unavailable(cause.to_string())
        }
        other => KmsError::Refused { wrapper: WRAPPER, cause: other.to_string() },
    }
}
