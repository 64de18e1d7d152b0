use std::{path::PathBuf, thread};

use clap::Args;
use secrecy::ExposeSecret;

use super::{ConfigError, groups, kms::KmsArgs, mistakes::Mistakes};
use crate::{
    kms::{KmsSettings, Unwrapped, unwrap_all},
    vault::{KeyRing, WrappedKey},
};

/// The keys that tokens are sealed with.
#[derive(Args, Clone, Default)]
pub struct KeyArgs {
    /// Keys that encrypt the stored tokens, from `provider-connections keys generate`. The first
    /// key encrypts, all of them decrypt. See docs/keys.md
    #[arg(
        long,
        env = "ENCRYPTION_KEYS",
        value_name = "ID:BASE64,…",
        hide_env_values = true,
        help_heading = groups::KEYS,
    )]
    encryption_keys: Option<String>,
    /// File that holds ENCRYPTION_KEYS
    #[arg(long, env = "ENCRYPTION_KEYS_FILE", value_name = "FILE", help_heading = groups::KEYS)]
    encryption_keys_file: Option<PathBuf>,

    #[command(flatten)]
    kms: KmsArgs,
}

impl KeyArgs {
    /// The keys, for a command that needs no more than them.
    ///
    /// # Errors
    /// Lists every mistake, with what to do about each.
    pub fn check(self) -> Result<KeyRing, ConfigError> {
        let mut mistakes = Mistakes::default();
        let ring = self.check_into(&mut mistakes);
        mistakes.unless_any(ring)
    }

    /// The keys; those that are wrapped, unwrapped by their service.
    pub(super) fn check_into(self, mistakes: &mut Mistakes) -> Option<KeyRing> {
        let keys =
            mistakes.secret("ENCRYPTION_KEYS", self.encryption_keys, self.encryption_keys_file);
        let settings = self.kms.check_into(mistakes);
        let Some(keys) = keys else {
            mistakes.add(
                "ENCRYPTION_KEYS is missing: create a key with `provider-connections keys \
                 generate`, and keep a copy in a safe place",
            );
            return None;
        };
        let wrapped = KeyRing::wrapped_entries(keys.expose_secret());
        let unwrapped = if wrapped.is_empty() {
            Unwrapped::new()
        } else {
            unwrap_and_wait(&wrapped, &settings?)
        };
        let ring = KeyRing::parse_with(keys.expose_secret(), |entry| {
            match unwrapped.get(entry.id).cloned() {
                Some(key) => key.map_err(|error| error.to_string()),
                None => Err("needs a key management service that could not be called. Start again"
                    .to_owned()),
            }
        });
        match ring {
            Ok(ring) => Some(ring),
            Err(error) => {
                for problem in error.problems() {
                    mistakes.add(format!("ENCRYPTION_KEYS: {problem}"));
                }
                None
            }
        }
    }
}

/// Settings are read before anything else runs, so this thread may wait. The clients live and end in
/// another.
fn unwrap_and_wait(wrapped: &[WrappedKey<'_>], settings: &KmsSettings) -> Unwrapped {
    thread::scope(|scope| {
        let asked = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map(|runtime| runtime.block_on(unwrap_all(wrapped, settings)))
        });
        asked.join().expect("it does not panic").unwrap_or_default()
    })
}
