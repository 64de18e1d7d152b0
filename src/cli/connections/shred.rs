//! Crypto-shredding: what a key has sealed is lost, in backups too, once the last copy of the key is
//! destroyed. A server can't destroy an environment variable. What it can do is see to it that
//! nothing needs the key, and that no server seals with it again.

use std::io::{IsTerminal, stdin};

use super::open::Opened;
use crate::{
    cli::{CommandError, confirm::typed},
    connections::pending_commit::spool::Spool,
    vault::{KeyRing, key_id_in_front},
};

/// Before anything is revoked: whether these keys may be shredded at all.
///
/// # Errors
/// One isn't a key ID or still seals, or no one has confirmed it.
pub fn check(ids: &[String], opened: &Opened, yes: bool) -> Result<(), CommandError> {
    if ids.is_empty() {
        return Ok(());
    }
    let sealing = opened.config.encryption_keys.key_ids().next();
    for id in ids {
        if !KeyRing::is_key_id(id) {
            return Err(format!(
                "--shred {id:?} is not a key name: write the name without the base64"
            )
            .into());
        }
        if Some(id.as_str()) == sealing {
            return Err(format!(
                "--shred {id}: servers encrypt with this key. Put a new key before it in \
                 ENCRYPTION_KEYS, restart every server, and run this again."
            )
            .into());
        }
    }
    if !yes {
        return Err("--shred can't be undone. Add --yes to confirm.".into());
    }
    if stdin().is_terminal() {
        let ids = ids.join(",");
        let question = format!(
            "Everything that {ids} encrypted becomes permanently unreadable, in backups too. Type \
             shred {ids} to continue: "
        );
        typed(&question, &format!("shred {ids}"))?;
    }
    Ok(())
}

/// Shreds keys that nothing needs any more, and says what is left to be destroyed. `again` is the
/// command line that tries it again.
///
/// # Errors
/// Something stored, or in this machine's spool, was sealed with one of them.
pub async fn shred(ids: &[String], opened: &Opened, again: &str) -> Result<(), CommandError> {
    for stored in opened.store.sealed_under().await? {
        let Some(id) = key_id_in_front(&stored.front) else { continue };
        if ids.iter().any(|shredded| shredded == id) {
            return Err(format!(
                "no key was shredded: {} stored tokens are encrypted with {id}. Revoke their \
                 connections too (--all-providers, and a later --connected-before), or run \
                 `provider-connections doctor` for details.",
                stored.number
            )
            .into());
        }
    }
    let folder = &opened.config.refresh.spool_dir;
    if folder.exists() {
        let (waiting, unreadable) = Spool::look(folder.clone(), opened.vault())?;
        if !(waiting.is_empty() && unreadable.is_empty()) {
            return Err(format!(
                "no key was shredded: tokens are waiting in the spool folder {}. Start a server \
                 with this SPOOL_DIR, which writes or revokes them, then run: {again}",
                folder.display()
            )
            .into());
        }
    }
    opened.store.note_shredded_keys(ids).await?;
    let ids = ids.join(", ");
    eprintln!(
        "Shredded: {ids}. No server of this version starts with one of them as the first key.\nNow \
         destroy every copy of these entries of ENCRYPTION_KEYS: in the settings of each server, \
         in secret managers and their older versions, and in backups of settings. If a KMS wraps a \
         key, schedule the destruction of the key version that wraps it.\nUntil the last copy is \
         destroyed, database backups can still be decrypted with it."
    );
    Ok(())
}
