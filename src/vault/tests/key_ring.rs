use super::entry;
use crate::{random::Random, vault::KeyRing};

const KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

fn problems(keys: &str) -> Vec<String> {
    KeyRing::parse(keys).unwrap_err().problems().to_vec()
}

#[test]
fn a_generated_entry_is_an_id_and_32_random_bytes_in_base64() {
    assert_eq!(entry("2026-01", 1), format!("2026-01:{KEY}="));
    let random = Random::system();
    assert_ne!(KeyRing::generate("a", &random), KeyRing::generate("a", &random));
}

#[test]
fn the_order_of_the_keys_is_kept_and_white_space_and_padding_do_not_matter() {
    let ring = KeyRing::parse(&format!(" second_2:{KEY}= ,\n first:{KEY}\n")).unwrap();
    assert_eq!(ring.key_ids().collect::<Vec<_>>(), ["second_2", "first"]);
}

#[test]
fn no_key_at_all_says_how_to_make_one() {
    for keys in ["", " \n"] {
        let error = KeyRing::parse(keys).unwrap_err();
        assert!(error.to_string().contains("provider-connections keys generate"), "{error}");
    }
}

#[test]
fn every_problem_is_reported_at_once_by_its_number() {
    let problems = problems(&format!(
        "good:{KEY},{KEY},no space:{KEY},:{KEY},short:AQEB,bad:***,good:{KEY},,url:{}",
        "_".repeat(43)
    ));
    let expected = [
        "entry 2 is not of the form `id:base64`",
        "entry 3 has no valid id",
        "entry 4 has no valid id",
        "entry 5 has a key of 3 bytes instead of 32",
        "entry 6 has a key that is not base64",
        "entry 7 repeats the id `good`",
        "entry 8 is not of the form `id:base64`",
        "entry 9 has a key that is not base64",
    ];
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
    for (problem, expected) in problems.iter().zip(expected) {
        assert!(problem.starts_with(expected), "{problem}");
    }
}

#[test]
fn an_id_has_1_to_32_letters_digits_underscores_and_hyphens() {
    assert!(KeyRing::parse(&format!("{}:{KEY}", "k".repeat(32))).is_ok());
    for id in ["k".repeat(33), "ä".to_owned(), "a.b".to_owned(), "a b".to_owned()] {
        assert!(KeyRing::parse(&format!("{id}:{KEY}")).is_err(), "{id}");
    }
}

#[test]
fn no_problem_shows_a_key_not_even_one_that_stands_where_the_id_should() {
    let keys = format!("{KEY}:id,{KEY},a:{KEY}{KEY},b:{KEY},b:{KEY},c:{KEY}*");
    let error = KeyRing::parse(&keys).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("AQEB"), "{error}");
}
