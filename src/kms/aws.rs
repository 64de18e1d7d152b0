//! AWS Key Management Service, with the standard chain of credentials and of regions.

use async_trait::async_trait;
use aws_config::BehaviorVersion;
use aws_sdk_kms::{
    Client,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    primitives::Blob,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::zeroize::Zeroizing;

use super::{Kms, KmsError, KmsSettings};
use crate::vault::Wrapper;

const WRAPPER: Wrapper = Wrapper::Aws;

pub struct AwsKms {
    client: Client,
    /// Only needed to wrap: a ciphertext contains the key that it needs.
    key_id: Option<String>,
}

impl AwsKms {
    pub async fn new(settings: &KmsSettings) -> Self {
        let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
        Self { client: Client::new(&config), key_id: settings.aws_kms_key_id.clone() }
    }
}

#[async_trait]
impl Kms for AwsKms {
    async fn wrap(&self, key: &[u8]) -> Result<String, KmsError> {
        let key_id = self.key_id.as_deref().ok_or(KmsError::NotSet {
            wrapper: WRAPPER,
            setting: "AWS_KMS_KEY_ID",
            advice: "Set it to the id, ARN or alias of a symmetric key",
        })?;
        let request = self.client.encrypt().key_id(key_id).plaintext(Blob::new(key));
        let answer = request.send().await.map_err(of_sdk)?;
        answer
            .ciphertext_blob
            .map(|blob| BASE64_STANDARD.encode(blob.into_inner()))
            .ok_or_else(empty)
    }

    async fn unwrap(&self, wrapped: &str) -> Result<Zeroizing<Vec<u8>>, KmsError> {
        let ciphertext = BASE64_STANDARD.decode(wrapped).map_err(|_| KmsError::Refused {
            wrapper: WRAPPER,
            cause: "it is not base64".to_owned(),
        })?;
        let request = self.client.decrypt().ciphertext_blob(Blob::new(ciphertext));
        // If it is set, the ciphertext of another key is rejected.
        let answer = request.set_key_id(self.key_id.clone()).send().await.map_err(of_sdk)?;
        answer.plaintext.map(|blob| Zeroizing::new(blob.into_inner())).ok_or_else(empty)
    }
}

fn empty() -> KmsError {
    KmsError::Refused { wrapper: WRAPPER, cause: "its answer is empty".to_owned() }
}

fn of_sdk<E>(error: SdkError<E>) -> KmsError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let Some(code) = error.code().map(str::to_owned) else {
        // No answer, no credentials, or no region.
        let cause = DisplayErrorContext(&error).to_string();
        return KmsError::Unavailable { wrapper: WRAPPER, cause };
    };
    let cause = format!("{code}: {}", error.message().unwrap_or_default());
    // AWS answers 400 to nearly everything that it rejects; its codes say more.
    match code.as_str() {
        "AccessDeniedException"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "ExpiredTokenException"
        | "SignatureDoesNotMatch"
        | "MissingAuthenticationToken" => KmsError::Denied { wrapper: WRAPPER, cause },
        "ThrottlingException"
        | "DependencyTimeoutException"
        | "KMSInternalException"
        | "KeyUnavailableException" => KmsError::Unavailable { wrapper: WRAPPER, cause },
        _ => KmsError::Refused { wrapper: WRAPPER, cause },
    }
}
