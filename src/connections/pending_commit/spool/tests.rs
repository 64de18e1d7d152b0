use domain::Actor;

use super::*;
use crate::{random::Random, vault::KeyRing};

pub const KEYS: &str = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER_KEYS: &str = "b:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

pub fn spool(folder: &Path, keys: &str) -> Spool {
    let vault = Vault::new(KeyRing::parse(keys).unwrap(), Random::system());
    Spool::open(folder.to_owned(), vault).unwrap()
}

pub fn commit(spool: &Spool) -> PendingCommit {
    let key = ConnectionKey { user_id: Random::system().uuid(), provider: Provider::Google };
    let binding = Binding { user_id: key.user_id, provider: "google" };
    let token = SecretString::from("ya29.a-token");
    PendingCommit {
        commit_id: Random::system().uuid(),
        lease_owner: Random::system().uuid(),
        connection_id: Random::system().uuid(),
        key,
        generation: 7,
        first: false,
        read_at: "2026-01-01T12:00:00Z".parse().unwrap(),
        kind: Kind::Rotated,
        actor: Actor::Worker,
        grant: Grant {
            refresh_token_expires_at: None,
            access_token: spool.vault.seal(binding, Field::AccessToken, &token),
            refresh_token: Some(spool.vault.seal(binding, Field::RefreshToken, &token)),
            access_token_expires_at: Some("2026-01-01T13:00:00Z".parse().unwrap()),
            refresh_due_at: None,
            scopes: BroughtScopes::Nothing,
        },
    }
}

#[test]
fn what_is_written_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(folder.path(), KEYS);
    let written = commit(&spool);
    spool.write(&written).unwrap();
    let (commits, unreadable) = spool.commits().unwrap();
    assert!(unreadable.is_empty());
    let [read] = commits.as_slice() else { panic!("{commits:?}") };
    assert_eq!(
        (
            read.commit_id,
            read.lease_owner,
            read.connection_id,
            read.key,
            read.generation,
            read.first
        ),
        (written.commit_id, written.lease_owner, written.connection_id, written.key, 7, false)
    );
    assert_eq!(
        (read.kind, read.actor.clone(), read.read_at),
        (Kind::Rotated, Actor::Worker, written.read_at)
    );
    assert_eq!(read.grant.access_token.as_bytes(), written.grant.access_token.as_bytes());
    assert_eq!(
        read.grant.refresh_token.as_ref().unwrap().as_bytes(),
        written.grant.refresh_token.as_ref().unwrap().as_bytes()
    );
    assert_eq!(read.grant.access_token_expires_at, written.grant.access_token_expires_at);
    spool.remove(written.commit_id).unwrap();
    spool.remove(written.commit_id).unwrap();
    assert!(spool.commits().unwrap().0.is_empty());
}

#[test]
fn what_the_tokens_allow_waits_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(folder.path(), KEYS);
    let scopes = Scopes::parse("email openid").unwrap();
    let said =
        BroughtScopes::Said(SaidScopes { scopes: scopes.clone(), source: ScopesSource::Answer });
    for (kind, brought) in [
        (Kind::Refreshed, BroughtScopes::Nothing),
        (Kind::Rotated, said.clone()),
        (Kind::Connected, said),
        (Kind::Connected, BroughtScopes::Requested(Some(scopes))),
        (Kind::Connected, BroughtScopes::Requested(None)),
        (Kind::Connected, BroughtScopes::Unknown),
    ] {
        let mut written = commit(&spool);
        written.kind = kind;
        written.grant.scopes = brought;
        spool.write(&written).unwrap();
        let (commits, _) = spool.commits().unwrap();
        assert_eq!(commits[0].grant.scopes, written.grant.scopes);
        spool.remove(written.commit_id).unwrap();
    }
}

#[test]
fn no_token_and_no_refresh_token_can_be_read_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(folder.path(), KEYS);
    spool.write(&commit(&spool)).unwrap();
    for file in fs::read_dir(folder.path()).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!text.contains("ya29") && !text.contains("generation"), "{text}");
    }
}

#[test]
fn one_that_is_torn_is_reported_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(folder.path(), KEYS);
    let written = commit(&spool);
    spool.write(&written).unwrap();
    let path = spool.path(written.commit_id, WHOLE);
    let bytes = fs::read(&path).unwrap();
    for length in [0, 1, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&path, &bytes[..length]).unwrap();
        let (commits, unreadable) = spool.commits().unwrap();
        assert!(commits.is_empty());
        assert!(matches!(unreadable.as_slice(), [(_, Unreadable::Torn)]), "{unreadable:?}");
        assert!(path.exists());
    }
}

#[test]
fn one_whose_renaming_was_cut_off_is_taken_if_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(folder.path(), KEYS);
    let written = commit(&spool);
    spool.write(&written).unwrap();
    let part = spool.path(written.commit_id, PART);
    fs::rename(spool.path(written.commit_id, WHOLE), &part).unwrap();
    assert_eq!(spool.commits().unwrap().0.len(), 1);
    fs::write(&part, b"{\"version\":1,\"user").unwrap();
    let (commits, unreadable) = spool.commits().unwrap();
    assert_eq!((commits.len(), unreadable.len()), (1, 1));
}

#[test]
fn one_of_another_version_is_reported_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(folder.path(), KEYS);
    let path = folder.path().join("x.spool");
    fs::write(&path, b"{\"version\":2,\"more\":true}").unwrap();
    let (commits, unreadable) = spool.commits().unwrap();
    assert!(commits.is_empty());
    assert!(matches!(unreadable.as_slice(), [(_, Unreadable::Version(2))]), "{unreadable:?}");
    assert!(path.exists());
}

#[test]
fn one_of_another_key_ring_is_reported_stays_and_opens_when_the_key_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let mine = spool(folder.path(), KEYS);
    mine.write(&commit(&mine)).unwrap();
    let (commits, unreadable) = spool(folder.path(), OTHER_KEYS).commits().unwrap();
    assert!(commits.is_empty());
    assert!(matches!(unreadable.as_slice(), [(_, Unreadable::Key(_))]), "{unreadable:?}");
    assert_eq!(mine.commits().unwrap().0.len(), 1);
}
