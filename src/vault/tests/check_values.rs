use super::{entry, seal, vault};
use crate::vault::KeyRing;

fn check_value(keys: &str, id: &str) -> Vec<u8> {
    let ring = KeyRing::parse(keys).unwrap();
    let found = ring.check_values().find(|(other, _)| *other == id);
    found.unwrap().1.as_bytes().to_vec()
}

/// Computed with Python's `hmac` from the description in `format.rs`.
#[test]
fn a_check_value_is_what_the_format_says() {
    let value = check_value(&entry("a", 1), "a");
    let expected = "f94fecceb2953e5440d48dbf89cbbf80cf9810c0a48903cbe70f8c04784b05b9";
    let bytes = expected.as_bytes().chunks_exact(2);
    let bytes = bytes.map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap());
    assert_eq!(value, bytes.collect::<Vec<_>>());
}

#[test]
fn another_key_or_another_id_has_another_check_value() {
    let value = check_value(&entry("a", 1), "a");
    assert_eq!(check_value(&format!("{},{}", entry("b", 2), entry("a", 1)), "a"), value);
    assert_ne!(check_value(&entry("a", 2), "a"), value);
    assert_ne!(check_value(&entry("b", 1), "b"), value);
}

#[test]
fn all_that_a_ring_seals_begins_with_its_front() {
    let vault = vault(&format!("{},{}", entry("new", 2), entry("old", 1)));
    let front = vault.ring().sealing_front();
    assert!(seal(&vault).as_bytes().starts_with(&front));
    assert_eq!(crate::vault::key_id_in_front(&front), Some("new"));
}
