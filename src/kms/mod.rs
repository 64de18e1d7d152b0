//! Key management services that wrap the keys of `ENCRYPTION_KEYS`: the value of the setting alone
//! decrypts nothing, and the service decides who may unwrap it. See `docs/keys.md`.

#[cfg(feature = "kms-aws")]
mod aws;
mod error;
#[cfg(feature = "kms-gcp")]
mod gcp;
mod settings;
#[cfg(feature = "kms-vault")]
mod transit;
mod unwrap;

use async_trait::async_trait;
pub use error::KmsError;
use secrecy::zeroize::Zeroizing;
pub use settings::KmsSettings;
pub use unwrap::{Unwrapped, unwrap_all};

use crate::vault::Wrapper;

/// A service that wraps keys and unwraps them.
#[async_trait]
pub trait Kms: Send + Sync {
    /// The text that follows the id and the service's prefix in `ENCRYPTION_KEYS`.
    async fn wrap(&self, key: &[u8]) -> Result<String, KmsError>;

    /// The key from what [`Kms::wrap`] returned.
    async fn unwrap(&self, wrapped: &str) -> Result<Zeroizing<Vec<u8>>, KmsError>;
}

/// The service of this kind.
///
/// # Errors
/// This build has no client for it, or a setting of it is missing.
pub async fn kms_of(wrapper: Wrapper, settings: &KmsSettings) -> Result<Box<dyn Kms>, KmsError> {
    match wrapper {
        #[cfg(feature = "kms-vault")]
        Wrapper::Vault => Ok(Box::new(transit::Transit::new(settings)?)),
        #[cfg(feature = "kms-aws")]
        Wrapper::Aws => Ok(Box::new(aws::AwsKms::new(settings).await)),
        #[cfg(feature = "kms-gcp")]
        Wrapper::Gcp => Ok(Box::new(gcp::GcpKms::new(settings).await?)),
        #[cfg(not(all(feature = "kms-vault", feature = "kms-aws", feature = "kms-gcp")))]
        other => {
            // Its settings are read in any build, so that mistakes in them are reported.
            let _ = settings;
            Err(KmsError::NotInThisBuild(other))
        }
    }
}
