//! What can't be read in the spool may be nowhere else: it is kept, and the log says what to do.

use std::{fs, path::PathBuf};

use nhost_auth_simulator::GrantScript;

use super::SETTLED;
use crate::harness::{Database, KEYS, Member, Outage, Replica};

const OTHER_KEYS: &str = "other:HxweHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgE=";

/// A user whose newest tokens are in a spool, and nowhere else.
struct Left {
    outage: Outage,
    ada: Member,
    token: String,
    file: PathBuf,
}

impl Left {
    async fn behind() -> Self {
        let mut outage = Outage::over(Database::sqlite()).await;
        let server = outage.cluster.start("server").await;
        let ada = outage.cluster.connected(&server, GrantScript::rotating_single_use()).await;
        let call = outage.refresh_into(&ada, &server).await;
        let answer = call.await.unwrap().unwrap();
        let token = answer.text("/refreshProviderToken/accessToken").to_owned();
        server.process.kill().await;
        outage.end().await;
        let file = outage.cluster.spooled("server").remove(0);
        Self { outage, ada, token, file }
    }

    /// It starts, says all of this of the file, and leaves it where it is.
    async fn is_kept(&self, keys: &str, words: &[&str]) {
        let kept = fs::read(&self.file).unwrap();
        let binary = self.outage.cluster.binary("server").env("ENCRYPTION_KEYS", keys);
        let mut server = Replica::start(binary).await;
        let mut all = vec![self.file.file_name().unwrap().to_str().unwrap(), "and stay there"];
        all.extend_from_slice(words);
        server.logged(&all).await;
        let ended = server.stop().await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(fs::read(&self.file).unwrap(), kept);
        assert_eq!(self.outage.cluster.generation().await, 1);
    }

    async fn is_found(&self, keys: &str) {
        let binary = self.outage.cluster.binary("server").env("ENCRYPTION_KEYS", keys);
        let mut server = Replica::start(binary).await;
        assert_eq!(self.ada.working_token(&server).await, self.token);
        server.logged(SETTLED).await;
        assert!(!self.file.exists());
        self.outage.cluster.is_settled(&self.ada, &server, &self.token).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_of_another_key_ring_are_kept_until_the_key_is_back() {
    let left = Left::behind().await;
    // Otherwise a server without it would not start.
    let given_up = "UPDATE provider_connection_key SET retired_at = first_seen_at";
    left.outage.cluster.database.execute(given_up).await;
    left.is_kept(OTHER_KEYS, &["`spec`", "add the key to ENCRYPTION_KEYS again"]).await;
    left.is_found(&format!("{OTHER_KEYS},{KEYS}")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_of_another_version_are_kept_until_that_version_is_back() {
    let left = Left::behind().await;
    let mine = fs::read_to_string(&left.file).unwrap();
    fs::write(&left.file, mine.replace("\"version\":1", "\"version\":2")).unwrap();
    left.is_kept(KEYS, &["version 2", "start the version of this server that wrote it"]).await;
    fs::write(&left.file, mine).unwrap();
    left.is_found(KEYS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_torn_is_kept_until_somebody_looks_at_it() {
    let left = Left::behind().await;
    let whole = fs::read(&left.file).unwrap();
    for length in [0, whole.len() / 2, whole.len() - 1] {
        fs::write(&left.file, &whole[..length]).unwrap();
        left.is_kept(KEYS, &["incomplete or damaged", "it can be deleted"]).await;
    }
    fs::write(&left.file, whole).unwrap();
    left.is_found(KEYS).await;
}
