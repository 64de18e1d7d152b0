use std::{collections::HashMap, time::Duration};

use secrecy::zeroize::Zeroizing;
use tokio::time::{Instant, sleep, timeout};

use super::{Kms, KmsError, KmsSettings, kms_of};
use crate::vault::{WrappedKey, Wrapper};

/// The pause between two attempts at a service that does not answer; doubled each time, up to the
/// second value.
const PAUSE: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));

/// The keys of entries by their ids, or the reason why there is none.
pub type Unwrapped = HashMap<String, Result<Zeroizing<Vec<u8>>, KmsError>>;

/// Unwraps all entries. A service that does not answer is retried for as long as the settings
/// allow.
pub async fn unwrap_all(entries: &[WrappedKey<'_>], settings: &KmsSettings) -> Unwrapped {
    let deadline = Instant::now() + settings.timeout;
    let mut services = HashMap::<Wrapper, Result<Box<dyn Kms>, KmsError>>::new();
    let mut unwrapped = Unwrapped::new();
    for WrappedKey { id, wrapper, ciphertext } in entries {
        if !services.contains_key(wrapper) {
            services.insert(*wrapper, kms_of(*wrapper, settings).await);
        }
        let key = match &services[wrapper] {
            Ok(service) => patiently(*wrapper, service.as_ref(), ciphertext, deadline).await,
            Err(error) => Err(error.clone()),
        };
        unwrapped.insert((*id).to_owned(), key);
    }
    unwrapped
}

async fn patiently(
    wrapper: Wrapper,
    service: &dyn Kms,
    ciphertext: &str,
    deadline: Instant,
) -> Result<Zeroizing<Vec<u8>>, KmsError> {
    let mut pause = PAUSE.0;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let asked = timeout(left, service.unwrap(ciphertext)).await.unwrap_or_else(|_| {
            let cause = "no answer in time, see KMS_TIMEOUT".to_owned();
            Err(KmsError::Unavailable { wrapper, cause })
        });
        match asked {
            Err(error) if error.may_pass() && Instant::now() + pause < deadline => {
                tracing::warn!("a key of ENCRYPTION_KEYS {error}; it is tried again");
                sleep(pause).await;
                pause = (pause * 2).min(PAUSE.1);
            }
            ended => return ended,
        }
    }
}
