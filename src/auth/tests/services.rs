use http::HeaderValue;
use secrecy::ExposeSecret;
use serde_json::json;
use uuid::Uuid;

use super::{
    NOW, SERVICE_SECRET, USER, authenticator, authenticator_of, bearer, headers, now, payload,
    payload_but, secret, service, tokens::sign, who,
};
use crate::{auth::Reason, clock::Clock};

#[test]
fn a_service_without_a_role_or_as_admin_may_name_any_user() {
    for list in [&[][..], &[("x-hasura-role", "admin")]] {
        let service = service(list).unwrap();
        assert!(service.any_user());
        assert_eq!(service.user_id(), None);
        assert!(service.bearer().is_none());
    }
}

#[test]
fn a_service_says_whom_it_speaks_for() {
    let id = USER.to_string();
    for (role, any_user) in [("admin", true), ("user", false), ("", false), ("Admin", false)] {
        let service = service(&[("x-hasura-role", role), ("x-hasura-user-id", &id)]).unwrap();
        assert_eq!((service.user_id(), service.any_user()), (Some(USER), any_user), "{role:?}");
    }
    let service = service(&[("x-hasura-user-id", &id)]).unwrap();
    assert_eq!((service.user_id(), service.any_user()), (Some(USER), true));
}

#[test]
fn a_service_with_another_role_than_admin_must_name_a_user() {
    for role in ["user", "me", "", "Admin", "admin,user"] {
        let error = service(&[("x-hasura-role", role)]).unwrap_err();
        assert_eq!(error.reason, Reason::RoleNotAllowed, "{role:?}");
        assert!(error.message.contains("x-hasura-user-id"), "{error}");
    }
}

#[test]
fn a_service_that_names_no_valid_user_is_refused_rather_than_taken_for_everybody() {
    for id in ["", "null", "not-a-uuid", "1111"] {
        for role in ["admin", "user"] {
            let error = service(&[("x-hasura-role", role), ("x-hasura-user-id", id)]).unwrap_err();
            assert_eq!(error.reason, Reason::RoleNotAllowed, "{id:?}");
            assert!(error.message.contains("UUID"), "{error}");
        }
    }
}

#[test]
fn a_forwarded_jwt_is_kept_with_whose_it_is_if_it_verifies() {
    let other = Uuid::from_u128(2).to_string();
    let token = sign(&payload());
    let jwt = format!("Bearer {token}");
    let service = service(&[("authorization", &jwt), ("x-hasura-user-id", &other)]).unwrap();
    let (owner, kept) = service.bearer().unwrap();
    assert_eq!((owner, kept.expose_secret()), (USER, token.as_str()));
    assert_eq!(service.user_id(), Some(Uuid::from_u128(2)), "the header decides, not the JWT");
}

#[test]
fn a_forwarded_jwt_that_does_not_verify_is_ignored() {
    let expired = bearer(&payload_but(|p| p["exp"] = json!(NOW - 1)));
    for value in [expired.as_str(), "Bearer x", "Basic dTpw", ""] {
        let service = service(&[("authorization", value)]).unwrap();
        assert!(service.bearer().is_none(), "{value}");
    }
}

#[test]
fn a_wrong_service_secret_is_an_error_even_beside_a_good_jwt() {
    let jwt = bearer(&payload());
    let wrong = ["", "x", "the service secre", "the service secret!", "THE SERVICE SECRET"];
    for wrong in wrong {
        let headers = headers(&[("x-service-secret", wrong), ("authorization", &jwt)]);
        let error = who(&authenticator(), &headers).unwrap_err();
        assert_eq!(error.reason, Reason::ServiceSecretInvalid, "{wrong:?}");
    }
}

#[test]
fn no_service_secret_is_right_where_none_is_configured_not_even_an_empty_one() {
    for configured in [None, Some("")] {
        let authenticator = authenticator_of(secret(json!({})), configured, Clock::from_fn(now));
        for sent in ["", SERVICE_SECRET] {
            let mut headers = headers(&[("authorization", &bearer(&payload()))]);
            headers.insert("x-service-secret", HeaderValue::from_str(sent).unwrap());
            let error = who(&authenticator, &headers).unwrap_err();
            assert_eq!(error.reason, Reason::ServiceSecretInvalid);
        }
    }
}
