use chrono::DateTime;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value, json};

use super::*;
use crate::auth::jwt::{Claims, validity::Validity};

const EXP: i64 = 1_900_000_000;

fn keys() -> Arc<[VerifyingKey]> {
    let key = DecodingKey::from_secret(b"a shared secret of over thirty-two bytes");
    Arc::new([VerifyingKey { kid: None, algorithms: vec![Algorithm::HS256], key }])
}

/// The `number`th token there is.
fn token(number: u64) -> Token<'static> {
    let mut digest = Digest::default();
    digest[..8].copy_from_slice(&number.to_be_bytes());
    let key = KeyName { algorithm: Algorithm::HS256, kid: None };
    Token { text: "", key, digest }
}

/// A user's token that allows so many roles.
fn verified(keys: &Arc<[VerifyingKey]>, roles: usize) -> Arc<Verified> {
    let payload = Map::from_iter([("exp".to_owned(), json!(EXP))]);
    let claims = json!({
        "x-hasura-user-id": uuid::Uuid::from_u128(1),
        "x-hasura-default-role": "user",
        "x-hasura-allowed-roles": vec!["user"; roles],
    });
    let Value::Object(claims) = claims else { unreachable!() };
    let validity = Validity::read(&payload, 0, DateTime::UNIX_EPOCH).unwrap();
    let claims = Claims::read(&Value::Object(payload), &claims, validity.until()).unwrap();
    let session_issuer = Some("hasura-auth".into());
    let key_name = KeyName { algorithm: Algorithm::HS256, kid: None };
    let (claims, keys) = (Arc::new(claims), keys.clone());
    Arc::new(Verified { claims, validity, key_name, keys, session_issuer })
}

#[test]
fn however_many_tokens_come_memory_is_bounded() {
    for roles in [1, 2, 1_000] {
        let (keys, tokens) = (keys(), VerifiedTokens::new(BYTES));
        let known = verified(&keys, roles);
        let fit = BYTES / u64::try_from(known.size()).unwrap();
        for number in 0..3 * fit {
            tokens.insert(&token(number), known.clone());
        }
        let count = tokens.count();
        assert!(count <= fit, "{count} of {roles} roles, and there is room for {fit}");
        assert!(count > fit / 2, "{count} of {roles} roles, and there is room for {fit}");
    }
}

#[test]
fn a_token_with_many_roles_takes_as_much_of_the_bound_as_it_takes_memory() {
    let (few, many) = (verified(&keys(), 1).size(), verified(&keys(), 1_000).size());
    assert!(many - few >= 999 * (size_of::<String>() + "user".len()), "{few} {many}");
}

/// An attacker with a few accounts can have new tokens as often as Nhost Auth allows.
#[test]
fn a_flood_of_new_tokens_replaces_none_that_is_in_use() {
    let (keys, tokens) = (keys(), VerifiedTokens::new(BYTES));
    let known = verified(&keys, 2);
    let fit = BYTES / u64::try_from(known.size()).unwrap();
    let in_use = 0..fit / 4;
    for number in in_use.clone() {
        tokens.insert(&token(number), known.clone());
    }
    tokens.count();
    for number in 0..4 * fit {
        let flood = token(1_000_000 + number);
        assert!(tokens.get(&flood, &keys).is_none());
        tokens.insert(&flood, known.clone());
        if number % 64 == 0 {
            // What waits to be written down is bounded, too.
            tokens.count();
        }
        let again = number % in_use.end;
        assert!(tokens.get(&token(again), &keys).is_some(), "{again} after {number}");
    }
}

#[test]
fn a_token_is_known_only_with_the_set_of_keys_that_verified_it() {
    let (before, after) = (keys(), keys());
    let tokens = VerifiedTokens::new(BYTES);
    tokens.insert(&token(1), verified(&before, 2));
    assert!(tokens.get(&token(1), &before).is_some());
    assert!(tokens.get(&token(1), &after).is_none());
    assert!(tokens.get(&token(2), &before).is_none());
    tokens.insert(&token(1), verified(&after, 2));
    assert!(tokens.get(&token(1), &after).is_some());
    assert!(tokens.get(&token(1), &before).is_none());
}
