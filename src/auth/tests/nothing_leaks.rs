use serde_json::json;

use super::{
    JwtSecret, SECRET, SERVICE_SECRET, authenticator, bearer, keys::Pair, payload, secret, service,
    tokens::sign, user,
};

#[test]
fn debug_of_a_jwt_secret_says_its_type_only() {
    assert_eq!(format!("{:?}", secret(json!({"kid": "a", "issuer": "b"}))), "JwtSecret(HS256)");
    for pair in Pair::all() {
        let secret = JwtSecret::parse(&pair.signing().to_string()).unwrap();
        assert_eq!(format!("{secret:?}"), format!("JwtSecret({})", pair.type_name));
    }
}

#[test]
fn debug_of_an_authenticator_shows_no_secret() {
    let shown = format!("{:#?}", authenticator());
    assert!(!shown.contains(SECRET) && !shown.contains(SERVICE_SECRET), "{shown}");
}

#[test]
fn debug_of_a_caller_shows_no_part_of_a_token() {
    let jwt = bearer(&payload());
    let callers = [
        format!("{:#?}", user(&[("authorization", &jwt)]).unwrap()),
        format!("{:#?}", service(&[("authorization", &jwt)]).unwrap()),
    ];
    for shown in callers {
        assert!(shown.contains("REDACTED"), "{shown}");
        for part in sign(&payload()).split('.') {
            assert!(!shown.contains(part), "{shown}");
        }
        assert!(!shown.contains(SERVICE_SECRET), "{shown}");
    }
}
