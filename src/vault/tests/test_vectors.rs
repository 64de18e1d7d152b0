use domain::Sealed;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    random::Random,
    vault::{Binding, Field, KeyRing, Vault},
};

/// An example that any implementation of the format must agree with. Those of the file were made
/// by one in another language, with pyca/cryptography.
#[derive(Deserialize)]
struct Vector {
    encryption_key: String,
    user_id: Uuid,
    provider: String,
    field: String,
    nonce: String,
    token: String,
    sealed: String,
}

impl Vector {
    fn all() -> Vec<Self> {
        serde_json::from_str(include_str!("../test_vectors.json")).unwrap()
    }

    fn vault(&self) -> Vault {
        let nonce = from_hex(&self.nonce);
        let random = Random::from_fn(move |bytes| bytes.copy_from_slice(&nonce));
        Vault::new(KeyRing::parse(&self.encryption_key).unwrap(), random)
    }

    fn binding(&self) -> Binding<'_> {
        Binding { user_id: self.user_id, provider: &self.provider }
    }

    fn field(&self) -> Field {
        match self.field.as_str() {
            "access_token" => Field::AccessToken,
            "refresh_token" => Field::RefreshToken,
            other => panic!("no field is called {other}"),
        }
    }
}

#[test]
fn what_was_ever_sealed_in_version_1_opens() {
    for vector in Vector::all() {
        let sealed = Sealed::from_bytes(from_hex(&vector.sealed));
        let token = vector.vault().open(vector.binding(), vector.field(), &sealed).unwrap();
        assert_eq!(token.expose_secret(), vector.token);
    }
}

#[test]
fn version_1_is_sealed_as_it_ever_was() {
    for vector in Vector::all() {
        let token = SecretString::from(vector.token.as_str());
        let sealed = vector.vault().seal(vector.binding(), vector.field(), &token);
        assert_eq!(sealed.as_bytes(), from_hex(&vector.sealed));
    }
}

fn from_hex(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
