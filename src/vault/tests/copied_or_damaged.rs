use domain::Sealed;
use uuid::Uuid;

use super::{OWNER, TOKEN, entry, open, seal, vault};

use crate::vault::{Binding, Field, OpenError};

#[test]
fn a_sealed_token_opens_for_the_connection_and_column_it_was_sealed_for() {
    let vault = vault(&entry("a", 1));
    assert_eq!(open(&vault, &seal(&vault)).as_deref(), Ok(TOKEN));
}

#[test]
fn a_copy_in_another_row_or_column_does_not_open() {
    let vault = vault(&entry("a", 1));
    let sealed = seal(&vault);
    let elsewhere = [
        (Binding { user_id: Uuid::from_u128(2), ..OWNER }, Field::AccessToken),
        (Binding { provider: "gitlab", ..OWNER }, Field::AccessToken),
        (Binding { provider: "", ..OWNER }, Field::AccessToken),
        (OWNER, Field::RefreshToken),
    ];
    for (binding, field) in elsewhere {
        assert_eq!(
            vault.open(binding, field, &sealed).unwrap_err(),
            OpenError::Damaged,
            "{binding:?} {field:?}"
        );
    }
}

#[test]
fn a_value_relabelled_with_another_key_id_does_not_open_even_where_the_key_is_the_same() {
    let vault = vault(&format!("{},{}", entry("a", 1), entry("b", 1)));
    let mut bytes = seal(&vault).into_bytes();
    bytes[2] = b'b';
    assert_eq!(open(&vault, &Sealed::from_bytes(bytes)), Err(OpenError::Damaged));
}

#[test]
fn every_truncation_fails_and_none_panics() {
    let vault = vault(&entry("a", 1));
    let bytes = seal(&vault).into_bytes();
    for length in 0..bytes.len() {
        let error = open(&vault, &Sealed::from_bytes(bytes[..length].to_vec())).unwrap_err();
        // Version, length, id, nonce and tag: from there on only the tag can tell.
        let expected =
            if length < 2 + 1 + 12 + 16 { OpenError::Truncated } else { OpenError::Damaged };
        assert_eq!(error, expected, "cut to {length} bytes");
    }
}

#[test]
fn every_flipped_bit_fails() {
    let vault = vault(&entry("a", 1));
    let bytes = seal(&vault).into_bytes();
    for index in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[index] ^= 1 << bit;
            assert!(open(&vault, &Sealed::from_bytes(changed)).is_err(), "byte {index}, bit {bit}");
        }
    }
}

#[test]
fn anything_appended_fails() {
    let vault = vault(&entry("a", 1));
    let mut bytes = seal(&vault).into_bytes();
    bytes.push(0);
    assert_eq!(open(&vault, &Sealed::from_bytes(bytes)), Err(OpenError::Damaged));
}

#[test]
fn another_version_is_named_not_guessed_at() {
    let vault = vault(&entry("a", 1));
    let mut bytes = seal(&vault).into_bytes();
    bytes[0] = 2;
    assert_eq!(open(&vault, &Sealed::from_bytes(bytes)), Err(OpenError::UnknownVersion(2)));
}

#[test]
fn a_key_id_that_no_ring_could_hold_is_damage_and_is_not_repeated() {
    let vault = vault(&entry("a", 1));
    let bytes = seal(&vault).into_bytes();
    for id in [b' ', b'\n', b'<', 0xff] {
        let mut changed = bytes.clone();
        changed[2] = id;
        assert_eq!(open(&vault, &Sealed::from_bytes(changed)), Err(OpenError::Damaged));
    }
    let mut without_id = bytes.clone();
    without_id[1] = 0;
    assert_eq!(open(&vault, &Sealed::from_bytes(without_id)), Err(OpenError::Damaged));
}

#[test]
fn the_same_token_is_sealed_differently_every_time() {
    let vault = vault(&entry("a", 1));
    assert_ne!(seal(&vault), seal(&vault));
}
