//! The spool: files that survive a crash, in which tokens wait while the database can't store them.
//!
//! A file is written completely under another name, synced and renamed, and its folder is synced,
//! so that a file under its final name is complete. Its content is sealed like a stored token. A
//! file that can't be read (of another version, sealed with a missing key, or incomplete) is left
//! in place and reported, because its user's tokens may exist nowhere else.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use domain::{
    Actor, BroughtScopes, ConnectionKey, Grant, Kind, Provider, SaidScopes, Scopes, ScopesSource,
    Sealed,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::PendingCommit;
use crate::{
    private_files,
    vault::{Binding, Field, OpenError, Vault, key_id},
};

const VERSION: u32 = 1;
const WHOLE: &str = "spool";
/// The name under which a file is being written; a file left under it may be incomplete.
const PART: &str = "part";

/// A folder of commits. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Spool {
    folder: PathBuf,
    vault: Vault,
}

/// Why a file can't be read, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    #[error("it can't be opened ({0}): make sure that this server can read the folder")]
    Io(#[from] io::Error),
    #[error("it is incomplete or damaged: it can be deleted once its user has signed in again")]
    Torn,
    #[error("it has the format version {0}: start the version of this server that wrote it")]
    Version(u32),
    #[error(
        "it is encrypted with a key that is missing ({0}): add the key to ENCRYPTION_KEYS again"
    )]
    Key(OpenError),
}

/// Commits, and the files that can't be read.
pub type Found = (Vec<PendingCommit>, Vec<(PathBuf, Unreadable)>);

/// The id of the key that sealed each file, and the files that can't be read.
#[derive(Debug, Default)]
pub struct KeysFound {
    pub keys: Vec<(PathBuf, String)>,
    pub unreadable: Vec<(PathBuf, Unreadable)>,
}

/// The format on disk: the owner in the clear, and the rest sealed for them.
#[derive(Serialize, Deserialize)]
struct Envelope {
    version: u32,
    user_id: Uuid,
    provider: String,
    sealed: String,
}

#[derive(Serialize, Deserialize)]
struct Contents {
    commit_id: Uuid,
    lease_owner: Uuid,
    connection_id: Uuid,
    generation: i64,
    first: bool,
    read_at: DateTime<Utc>,
    connects: bool,
    rotated: bool,
    actor: String,
    /// The client that caused it. Not written before version 0.2 of this server.
    #[serde(default)]
    client_id: Option<String>,
    access_token: String,
    refresh_token: Option<String>,
    access_token_expires_at: Option<DateTime<Utc>>,
    refresh_due_at: Option<DateTime<Utc>>,
    /// Not written before version 0.2 of this server.
    #[serde(default)]
    refresh_token_expires_at: Option<DateTime<Utc>>,
    /// The scopes according to the response with the tokens.
    #[serde(default)]
    scopes: Option<String>,
    /// The scopes that the sign-in requested, if its response doesn't name them. Empty: unknown.
    #[serde(default)]
    scopes_requested: Option<String>,
}

impl Spool {
    /// Opens the folder, creates it if it is missing, and makes sure that it can be written to.
    pub fn open(folder: PathBuf, vault: Vault) -> io::Result<Self> {
        private_files::make_folder(&folder)?;
        // With a unique name: replicas may share the folder and, in containers, their process id.
        let mut probe = tempfile::Builder::new().prefix(".probe-").tempfile_in(&folder)?;
        probe.write_all(b"can be written")?;
        probe.as_file().sync_all()?;
        probe.close()?;
        let spool = Self { folder, vault };
        spool.keep_private()?;
        Ok(spool)
    }

    /// Files that an earlier version left readable for everyone. An existing folder may have other
    /// uses, so it is not changed; in a folder that others can write to, no name can be trusted.
    fn keep_private(&self) -> io::Result<()> {
        if let Some(rights) = private_files::open_to_everybody(&self.folder) {
            tracing::warn!(
                folder = %self.folder.display(), rights,
                "every user of this machine can read the spool folder: run chmod o-rwx on it"
            );
            if private_files::writable_by_everybody(&self.folder) {
                return Ok(());
            }
        }
        for file in files(&self.folder)? {
            private_files::close_to_everybody(&file);
        }
        Ok(())
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a commit; when this returns, it is on disk.
    pub fn write(&self, commit: &PendingCommit) -> io::Result<()> {
        let envelope = serde_json::to_vec(&self.seal(commit)).map_err(io::Error::other)?;
        let part = self.path(commit.commit_id, PART);
        let written = self.write_whole(&part, &envelope, &self.path(commit.commit_id, WHOLE));
        if written.is_err() {
            // It would look like incomplete tokens. On a full disk, this frees space.
            let _ = fs::remove_file(part);
        }
        written
    }

    fn write_whole(&self, part: &Path, envelope: &[u8], whole: &Path) -> io::Result<()> {
        let mut file = private_files::overwrite(part)?;
        file.write_all(envelope)?;
        file.sync_all()?;
        fs::rename(part, whole)?;
        self.sync_folder()
    }

    /// Removes a commit that the database has, or that a newer one has replaced.
    pub fn remove(&self, commit_id: Uuid) -> io::Result<()> {
        match fs::remove_file(self.path(commit_id, WHOLE)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => self.sync_folder(),
        }
    }

    /// All commits in the folder, and the files that can't be read.
    pub fn commits(&self) -> io::Result<Found> {
        self.found(|path, commit| {
            if path.extension().is_some_and(|extension| extension == PART) {
                // Complete after all: the crash came between writing and renaming.
                fs::rename(path, self.path(commit.commit_id, WHOLE))?;
            }
            Ok(())
        })
    }

    /// The same for read-only callers: nothing is created or renamed.
    pub fn look(folder: PathBuf, vault: Vault) -> io::Result<Found> {
        Self { folder, vault }.found(|_, _| Ok(()))
    }

    /// The key of each file in a folder, according to its beginning. Decrypts nothing. `None`:
    /// there is no folder.
    pub fn key_ids(folder: &Path) -> io::Result<Option<KeysFound>> {
        let paths = match files(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            paths => paths?,
        };
        let mut found = KeysFound::default();
        for path in paths {
            match key_id_of(&path) {
                Ok(id) => found.keys.push((path, id)),
                // The server that owns the spool has written it to the database.
                Err(Unreadable::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
                Err(why) => found.unreadable.push((path, why)),
            }
        }
        Ok(Some(found))
    }

    fn found(&self, whole: impl Fn(&Path, &PendingCommit) -> io::Result<()>) -> io::Result<Found> {
        let mut commits = Vec::new();
        let mut unreadable = Vec::new();
        for path in files(&self.folder)? {
            match self.read(&path) {
                Ok(commit) => {
                    whole(&path, &commit)?;
                    commits.push(commit);
                }
                // Another replica shares the folder, and its database is back.
                Err(Unreadable::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
                Err(why) => unreadable.push((path, why)),
            }
        }
        Ok((commits, unreadable))
    }

    fn read(&self, path: &Path) -> Result<PendingCommit, Unreadable> {
        let envelope = envelope_of(path)?;
        let provider: Provider = envelope.provider.parse().map_err(|_| Unreadable::Torn)?;
        let sealed = STANDARD.decode(&envelope.sealed).map_err(|_| Unreadable::Torn)?;
        let binding = Binding { user_id: envelope.user_id, provider: provider.as_str() };
        let opened = self.vault.open(binding, Field::Spool, &Sealed::from_bytes(sealed)).map_err(
            |error| match error {
                OpenError::UnknownKey(_) => Unreadable::Key(error),
                _ => Unreadable::Torn,
            },
        )?;
        let contents: Contents =
            serde_json::from_str(opened.expose_secret()).map_err(|_| Unreadable::Torn)?;
        contents
            .into_commit(ConnectionKey { user_id: envelope.user_id, provider })
            .ok_or(Unreadable::Torn)
    }

    fn seal(&self, commit: &PendingCommit) -> Envelope {
        let contents = SecretString::from(
            serde_json::to_string(&Contents::of(commit)).expect("text, numbers and times are JSON"),
        );
        let provider = commit.key.provider.as_str();
        let binding = Binding { user_id: commit.key.user_id, provider };
        let sealed = self.vault.seal(binding, Field::Spool, &contents);
        Envelope {
            version: VERSION,
            user_id: commit.key.user_id,
            provider: provider.to_owned(),
            sealed: STANDARD.encode(sealed.as_bytes()),
        }
    }

    fn path(&self, commit_id: Uuid, extension: &str) -> PathBuf {
        self.folder.join(format!("{commit_id}.{extension}"))
    }

    fn sync_folder(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()
    }
}

/// Complete and partial files.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths =
        fs::read_dir(folder)?.map(|file| Ok(file?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        matches!(extension, Some(WHOLE | PART))
    });
    paths.sort();
    Ok(paths)
}

fn envelope_of(path: &Path) -> Result<Envelope, Unreadable> {
    let bytes = fs::read(path)?;
    let version: serde_json::Value =
        serde_json::from_slice(&bytes).map_err(|_| Unreadable::Torn)?;
    match version["version"].as_u64().and_then(|version| u32::try_from(version).ok()) {
        Some(VERSION) => {}
        Some(other) => return Err(Unreadable::Version(other)),
        None => return Err(Unreadable::Torn),
    }
    serde_json::from_value(version).map_err(|_| Unreadable::Torn)
}

fn key_id_of(path: &Path) -> Result<String, Unreadable> {
    let envelope = envelope_of(path)?;
    let sealed = STANDARD.decode(&envelope.sealed).map_err(|_| Unreadable::Torn)?;
    key_id(&Sealed::from_bytes(sealed)).map(str::to_owned).map_err(|_| Unreadable::Torn)
}

impl Contents {
    fn of(commit: &PendingCommit) -> Self {
        let encode = |sealed: &Sealed| STANDARD.encode(sealed.as_bytes());
        let (scopes, scopes_requested) = match &commit.grant.scopes {
            BroughtScopes::Said(said) => (Some(said.scopes.to_text()), None),
            BroughtScopes::Requested(asked) => {
                (None, Some(asked.as_ref().map(Scopes::to_text).unwrap_or_default()))
            }
            BroughtScopes::Nothing | BroughtScopes::Unknown => (None, None),
        };
        Self {
            commit_id: commit.commit_id,
            lease_owner: commit.lease_owner,
            connection_id: commit.connection_id,
            generation: commit.generation,
            first: commit.first,
            read_at: commit.read_at,
            connects: commit.kind == Kind::Connected,
            rotated: commit.kind == Kind::Rotated,
            actor: <&str>::from(commit.actor.kind()).to_owned(),
            client_id: commit.actor.client_id().map(ToString::to_string),
            access_token: encode(&commit.grant.access_token),
            refresh_token: commit.grant.refresh_token.as_ref().map(encode),
            access_token_expires_at: commit.grant.access_token_expires_at,
            refresh_due_at: commit.grant.refresh_due_at,
            refresh_token_expires_at: commit.grant.refresh_token_expires_at,
            scopes,
            scopes_requested,
        }
    }

    fn into_commit(self, key: ConnectionKey) -> Option<PendingCommit> {
        let decode = |text: &str| STANDARD.decode(text).ok().map(Sealed::from_bytes);
        let refresh_token = match &self.refresh_token {
            Some(text) => Some(decode(text)?),
            None => None,
        };
        let said = self.scopes.as_deref().and_then(Scopes::parse);
        let scopes = match (said, self.scopes_requested.as_deref()) {
            (Some(scopes), _) => {
                BroughtScopes::Said(SaidScopes { scopes, source: ScopesSource::Answer })
            }
            (None, Some(asked)) => BroughtScopes::Requested(Scopes::parse(asked)),
            // A refresh keeps the known scopes. Nothing is known about another grant.
            (None, None) if self.connects => BroughtScopes::Unknown,
            (None, None) => BroughtScopes::Nothing,
        };
        Some(PendingCommit {
            commit_id: self.commit_id,
            lease_owner: self.lease_owner,
            connection_id: self.connection_id,
            key,
            generation: self.generation,
            first: self.first,
            read_at: self.read_at,
            kind: match (self.connects, self.rotated) {
                (true, _) => Kind::Connected,
                (false, true) => Kind::Rotated,
                (false, false) => Kind::Refreshed,
            },
            actor: Actor::of(self.actor.parse().ok()?, self.client_id.as_deref())?,
            grant: Grant {
                access_token: decode(&self.access_token)?,
                refresh_token,
                access_token_expires_at: self.access_token_expires_at,
                refresh_due_at: self.refresh_due_at,
                refresh_token_expires_at: self.refresh_token_expires_at,
                scopes,
            },
        })
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
