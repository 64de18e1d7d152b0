use std::path::PathBuf;

use chrono::TimeDelta;
use clap::Args;

use super::{ConfigError, groups, mistakes::Mistakes};
use crate::kms::KmsSettings;

/// The key management services that wrap encryption keys.
#[derive(Args, Clone, Default)]
pub struct KmsArgs {
    /// Address of HashiCorp Vault or OpenBao, if it wraps (encrypts) entries of ENCRYPTION_KEYS.
    /// See docs/keys.md
    #[arg(long, env = "VAULT_ADDR", value_name = "URL", help_heading = groups::KEYS)]
    vault_addr: Option<String>,
    /// Vault token that may decrypt with the transit key
    #[arg(
        long,
        env = "VAULT_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true,
        help_heading = groups::KEYS,
    )]
    vault_token: Option<String>,
    /// File that holds VAULT_TOKEN
    #[arg(long, env = "VAULT_TOKEN_FILE", value_name = "FILE", help_heading = groups::KEYS)]
    vault_token_file: Option<PathBuf>,
    /// Vault namespace, if you use namespaces
    #[arg(long, env = "VAULT_NAMESPACE", value_name = "NAME", help_heading = groups::KEYS)]
    vault_namespace: Option<String>,
    /// Mount path of Vault's transit engine
    #[arg(
        long,
        env = "VAULT_TRANSIT_MOUNT",
        value_name = "PATH",
        default_value = "transit",
        help_heading = groups::KEYS,
    )]
    vault_transit_mount: String,
    /// Name of the transit key that wraps entries of ENCRYPTION_KEYS
    #[arg(
        long,
        env = "VAULT_TRANSIT_KEY",
        value_name = "NAME",
        default_value = "provider-connections",
        help_heading = groups::KEYS,
    )]
    vault_transit_key: String,

    /// AWS KMS key that wraps entries of ENCRYPTION_KEYS: its ID, ARN or alias. Required to wrap;
    /// entries that another key has wrapped are then refused
    #[arg(long, env = "AWS_KMS_KEY_ID", value_name = "KEY", help_heading = groups::KEYS)]
    aws_kms_key_id: Option<String>,

    /// Google Cloud KMS key that wraps entries of ENCRYPTION_KEYS:
    /// `projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY`
    #[arg(long, env = "GCP_KMS_KEY", value_name = "NAME", help_heading = groups::KEYS)]
    gcp_kms_key: Option<String>,

    /// How long a start retries a key management service that does not answer
    #[arg(
        long,
        env = "KMS_TIMEOUT",
        value_name = "DURATION",
        default_value = "30s",
        help_heading = groups::KEYS,
    )]
    kms_timeout: String,
}

impl KmsArgs {
    /// The settings, for a command that needs no more than them.
    ///
    /// # Errors
    /// Lists every mistake, with what to do about each.
    pub fn check(self) -> Result<KmsSettings, ConfigError> {
        let mut mistakes = Mistakes::default();
        let settings = self.check_into(&mut mistakes);
        mistakes.unless_any(settings)
    }

    pub(super) fn check_into(self, mistakes: &mut Mistakes) -> Option<KmsSettings> {
        let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let vault_addr = given(self.vault_addr);
        if vault_addr.as_ref().is_some_and(|addr| mistakes.http_url("VAULT_ADDR", addr).is_none()) {
            return None;
        }
        let vault_token = mistakes.secret("VAULT_TOKEN", self.vault_token, self.vault_token_file);
        let between = TimeDelta::seconds(1)..=TimeDelta::hours(1);
        let timeout = mistakes.duration("KMS_TIMEOUT", &self.kms_timeout, between)?;
        Some(KmsSettings {
            vault_addr,
            vault_token,
            vault_namespace: given(self.vault_namespace),
            vault_transit_mount: self.vault_transit_mount,
            vault_transit_key: self.vault_transit_key,
            aws_kms_key_id: given(self.aws_kms_key_id),
            gcp_kms_key: given(self.gcp_kms_key),
            timeout: timeout.to_std().ok()?,
        })
    }
}
