use super::{TOKEN, entry, open, seal, vault};
use crate::vault::{OpenError, key_id};

#[test]
fn a_new_first_key_seals_and_the_old_one_still_opens() {
    let before = vault(&entry("old", 1));
    let after = vault(&format!("{},{}", entry("new", 2), entry("old", 1)));
    let (old, new) = (seal(&before), seal(&after));
    assert_eq!(key_id(&old), Ok("old"));
    assert_eq!(key_id(&new), Ok("new"));
    assert_eq!(open(&after, &old).as_deref(), Ok(TOKEN));
    assert_eq!(open(&after, &new).as_deref(), Ok(TOKEN));
}

#[test]
fn a_key_that_was_taken_out_too_early_is_named() {
    let sealed = seal(&vault(&entry("old", 1)));
    let error = open(&vault(&entry("new", 2)), &sealed).unwrap_err();
    assert_eq!(error, OpenError::UnknownKey("old".to_owned()));
    assert!(error.to_string().contains("add it to ENCRYPTION_KEYS again"), "{error}");
}

#[test]
fn a_wrong_key_under_the_right_id_does_not_open() {
    let sealed = seal(&vault(&entry("a", 1)));
    assert_eq!(open(&vault(&entry("a", 2)), &sealed), Err(OpenError::Damaged));
}
