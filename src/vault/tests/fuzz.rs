use domain::Sealed;

use super::{OWNER, TOKEN, entry, open, seal, vault};
use crate::{
    fuzz::{corpus, fuzz},
    vault::{Field, KeyRing, key_id_in_front},
};

/// Whatever is made of sealed values, the ones that were sealed open, and nothing else does.
#[test]
fn nothing_opens_but_what_was_sealed() {
    let keys = format!("{},{}", entry("a", 1), entry("old-key_2", 2));
    let vault = vault(&keys);
    let mut good = vec![seal(&vault)];
    let older = super::vault(&entry("old-key_2", 2));
    good.push(seal(&older));
    let mut seeds = corpus("sealed");
    seeds.extend(good.iter().map(|sealed| sealed.as_bytes().to_vec()));
    let mut opened = 0;
    fuzz(&seeds, |input| {
        let _ = key_id_in_front(input);
        let sealed = Sealed::from_bytes(input.to_vec());
        if let Ok(token) = open(&vault, &sealed) {
            opened += 1;
            assert_eq!(token, TOKEN);
            assert!(good.iter().any(|good| good.as_bytes() == input));
        }
        assert!(vault.open(OWNER, Field::RefreshToken, &sealed).is_err(), "of another column");
    });
    assert!(opened >= 2, "the good ones open");
}

/// A ring that is accepted seals, and no problem with one says what is in it.
#[test]
fn a_key_ring_seals_or_is_refused_without_a_word_of_it() {
    let seeds = [entry("a", 1), format!("{},{}", entry("a", 1), entry("b", 2))];
    let secret = entry("a", 1)[2..].to_owned();
    fuzz(&seeds.map(String::into_bytes), |input| {
        let Ok(text) = std::str::from_utf8(input) else { return };
        let said = match KeyRing::parse(text) {
            Ok(ring) => {
                let vault = super::Vault::new(ring, super::counting());
                assert_eq!(open(&vault, &seal(&vault)).unwrap(), TOKEN);
                format!("{vault:?}")
            }
            Err(error) => error.to_string(),
        };
        // A name is said, whatever was written as one.
        let is_name = |entry: &str| {
            entry.split_once(':').is_some_and(|(name, _)| name.contains(&secret[..24]))
        };
        assert!(!said.contains(&secret[..24]) || text.split(',').any(is_name), "{said}");
    });
}
