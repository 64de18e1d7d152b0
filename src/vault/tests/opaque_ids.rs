use std::collections::HashSet;

use uuid::Uuid;

use crate::{
    random::Random,
    vault::{KeyRing, Vault},
};

const OLD: &str = "old:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const NEW: &str = "new:Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=";

const ADA: Uuid = Uuid::from_u128(1);
const BOB: Uuid = Uuid::from_u128(2);

fn vault(keys: &str) -> Vault {
    Vault::new(KeyRing::parse(keys).unwrap(), Random::system())
}

#[test]
fn a_name_is_the_same_everywhere_and_leads_back_to_the_number() {
    let (vault, replica) = (vault(OLD), vault(OLD));
    for number in [0, 1, 2, 255, 256, i64::MAX, i64::MIN, -1] {
        let id = vault.opaque_id(ADA, number);
        assert_eq!(id, replica.opaque_id(ADA, number));
        assert_eq!(replica.number_of(ADA, &id), Some(number));
        assert!(
            id.len() == 32 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        );
    }
}

#[test]
fn names_of_neighbours_and_of_other_users_have_nothing_in_common() {
    let vault = vault(OLD);
    let starts: HashSet<_> = (1..=500)
        .flat_map(|number| [ADA, BOB].map(|user| vault.opaque_id(user, number)[..8].to_owned()))
        .collect();
    assert_eq!(starts.len(), 1_000);
}

#[test]
fn a_name_is_good_for_its_user_alone_and_no_other_text_is() {
    let vault = vault(OLD);
    let id = vault.opaque_id(ADA, 7);
    assert_eq!(vault.number_of(BOB, &id), None);
    for index in 0..id.len() {
        let mut changed = id.clone().into_bytes();
        changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(vault.number_of(ADA, &changed), None, "{changed}");
    }
    for text in ["", "7", &id[1..], &format!("{id}A"), &format!("{id}="), &format!(" {id}")] {
        assert_eq!(vault.number_of(ADA, text), None, "{text}");
    }
}

#[test]
fn a_name_stays_good_while_its_key_is_in_the_ring() {
    let id = vault(OLD).opaque_id(ADA, 7);
    let added_last = vault(&format!("{OLD},{NEW}"));
    assert_eq!(added_last.opaque_id(ADA, 7), id);
    let rotated = vault(&format!("{NEW},{OLD}"));
    assert_ne!(rotated.opaque_id(ADA, 7), id);
    assert_eq!(rotated.number_of(ADA, &id), Some(7));
    assert_eq!(added_last.number_of(ADA, &rotated.opaque_id(ADA, 7)), Some(7));
    assert_eq!(vault(NEW).number_of(ADA, &id), None);
}
