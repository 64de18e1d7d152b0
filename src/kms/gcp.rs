//! Google Cloud Key Management Service, with Application Default Credentials.

use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_STANDARD};
use google_cloud_kms_v1::{Error, client::KeyManagementService};
use secrecy::zeroize::Zeroizing;

use super::{Kms, KmsError, KmsSettings};
use crate::vault::Wrapper;

const WRAPPER: Wrapper = Wrapper::Gcp;

pub struct GcpKms {
    client: KeyManagementService,
    key: String,
}

impl GcpKms {
    pub async fn new(settings: &KmsSettings) -> Result<Self, KmsError> {
        let key = settings.gcp_kms_key.clone().ok_or(KmsError::NotSet {
            wrapper: WRAPPER,
            setting: "GCP_KMS_KEY",
            advice: "Set it to projects/PROJECT/locations/PLACE/keyRings/RING/cryptoKeys/KEY",
        })?;
        let client = KeyManagementService::builder().build().await;
        let client = client
            .map_err(|error| KmsError::Denied { wrapper: WRAPPER, cause: error.to_string() })?;
        Ok(Self { client, key })
    }
}

#[async_trait]
impl Kms for GcpKms {
    async fn wrap(&self, key: &[u8]) -> Result<String, KmsError> {
        let request = self.client.encrypt().set_name(&self.key).set_plaintext(key.to_vec());
        let answer = request.send().await.map_err(|error| of_client(&error))?;
        Ok(BASE64_STANDARD.encode(&answer.ciphertext))
    }

    async fn unwrap(&self, wrapped: &str) -> Result<Zeroizing<Vec<u8>>, KmsError> {
        let ciphertext = BASE64_STANDARD.decode(wrapped).map_err(|_| KmsError::Refused {
            wrapper: WRAPPER,
            cause: "it is not base64".to_owned(),
        })?;
        let request = self.client.decrypt().set_name(&self.key).set_ciphertext(ciphertext);
        let answer = request.send().await.map_err(|error| of_client(&error))?;
        Ok(Zeroizing::new(answer.plaintext.to_vec()))
    }
}

fn of_client(error: &Error) -> KmsError {
    let cause = error.to_string();
    // gRPC has no HTTP status.
    match error.status().map(|status| status.code.name()) {
        Some("PERMISSION_DENIED" | "UNAUTHENTICATED") => {
            KmsError::Denied { wrapper: WRAPPER, cause }
        }
        Some(
            "UNAVAILABLE" | "DEADLINE_EXCEEDED" | "RESOURCE_EXHAUSTED" | "INTERNAL" | "ABORTED",
        ) => KmsError::Unavailable { wrapper: WRAPPER, cause },
        Some(_) => KmsError::Refused { wrapper: WRAPPER, cause },
        None if error.is_authentication() => KmsError::Denied { wrapper: WRAPPER, cause },
        None => KmsError::of_status(WRAPPER, error.http_status_code(), cause),
    }
}
