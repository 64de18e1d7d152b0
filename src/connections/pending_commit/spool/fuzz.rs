use super::{
    tests::{KEYS, commit, spool},
    *,
};
use crate::fuzz::{corpus, fuzz};

/// Whatever a file in the spool contains: it is the commit that was written, or it is reported and
/// left in place for someone to examine.
#[test]
fn a_file_is_what_was_written_or_is_reported_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(folder.path(), KEYS);
    let written = commit(&spool);
    spool.write(&written).unwrap();
    let path = spool.path(written.commit_id, WHOLE);
    let mut seeds = corpus("spool");
    seeds.push(fs::read(&path).unwrap());
    let mut read = 0;
    fuzz(&seeds, |input| {
        fs::write(&path, input).unwrap();
        let (commits, unreadable) =
            Spool::look(folder.path().to_owned(), spool.vault.clone()).unwrap();
        match (commits.as_slice(), unreadable.as_slice()) {
            ([commit], []) => {
                read += 1;
                assert_eq!(commit.commit_id, written.commit_id);
                assert_eq!(commit.key, written.key);
                let token = &commit.grant.access_token;
                assert_eq!(token.as_bytes(), written.grant.access_token.as_bytes());
            }
            ([], [(reported, why)]) => {
                assert_eq!(*reported, path);
                assert!(!why.to_string().contains("ya29"), "{why}");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(fs::read(&path).unwrap(), input);
    });
    assert!(read >= 1, "the one that was written is read");
}
