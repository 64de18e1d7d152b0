use std::path::PathBuf;

use chrono::TimeDelta;
use clap::Args;

use super::{ConfigError, mistakes::Mistakes};
use crate::kms::KmsSettings;

/// The key management services that wrap encryption keys.
#[derive(Args, Clone, Default)]
pub struct KmsArgs {
    /// Address of HashiCorp Vault or OpenBao, where entries of ENCRYPTION_KEYS are wrapped by it
    #[arg(long, env = "VAULT_ADDR", value_name = "URL")]
    vault_addr: Option<String>,
    /// A token that may decrypt with the transit key
    #[arg(long, env = "VAULT_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    vault_token: Option<String>,
    /// A file with it
    #[arg(long, env = "VAULT_TOKEN_FILE", value_name = "FILE")]
    vault_token_file: Option<PathBuf>,
    /// Its namespace, where it has several
    #[arg(long, env = "VAULT_NAMESPACE", value_name = "NAME")]
    vault_namespace: Option<String>,
    /// Where its transit engine is mounted
    #[arg(long, env = "VAULT_TRANSIT_MOUNT", value_name = "PATH", default_value = "transit")]
    vault_transit_mount: String,
    /// The transit key that wraps
    #[arg(
        long,
        env = "VAULT_TRANSIT_KEY",
        value_name = "NAME",
        default_value = "provider-connections"
    )]
    vault_transit_key: String,

    /// The key of AWS KMS that wraps: its id, ARN or alias. Needed to wrap; to unwrap, any other is
    /// refused then
    #[arg(long, env = "AWS_KMS_KEY_ID", value_name = "KEY")]
    aws_kms_key_id: Option<String>,

    /// The key of Google Cloud KMS that wraps:
    /// projects/PROJECT/locations/PLACE/keyRings/RING/cryptoKeys/KEY
    #[arg(long, env = "GCP_KMS_KEY", value_name = "NAME")]
    gcp_kms_key: Option<String>,

    /// How long a start asks a key management service again that does not answer
    #[arg(long, env = "KMS_TIMEOUT", value_name = "DURATION", default_value = "30s")]
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
