use secrecy::ExposeSecret;
use serde_json::json;
use uuid::Uuid;

use super::{
    CLAIMS, NOW, SERVICE_SECRET, USER, authenticator, authenticator_of, bearer, headers, payload,
    payload_but, secret, tokens::sign, user, who,
};
use crate::{auth::Reason, clock::Clock};

fn reason(list: &[(&str, &str)]) -> Reason {
    user(list).unwrap_err().reason
}

#[test]
fn a_user_is_who_the_jwt_says_with_its_default_role() {
    let token = sign(&payload());
    let user = user(&[("authorization", &format!("Bearer {token}"))]).unwrap();
    assert_eq!(user.id(), USER);
    assert_eq!(user.role(), "user");
    assert!(!user.is_anonymous());
    assert_eq!(user.bearer().expose_secret(), token);
}

#[test]
fn an_anonymous_user_is_known_as_one() {
    let payload = payload_but(|p| p[CLAIMS]["x-hasura-user-is-anonymous"] = json!("true"));
    assert!(user(&[("authorization", &bearer(&payload))]).unwrap().is_anonymous());
}

#[test]
fn the_scheme_may_be_in_any_case_and_the_spaces_many() {
    let token = sign(&payload());
    for value in [format!("bearer {token}"), format!("BEARER   {token} ")] {
        assert!(user(&[("authorization", &value)]).is_ok(), "{value}");
    }
}

#[test]
fn a_missing_jwt_is_told_from_one_that_is_no_good() {
    assert_eq!(reason(&[]), Reason::JwtMissing);
    for empty in ["", "Bearer", "Bearer  ", "bearer"] {
        assert_eq!(reason(&[("authorization", empty)]), Reason::JwtMissing, "{empty:?}");
    }
    let token = sign(&payload());
    for bad in ["Basic dTpw", "Bearer undefined", &token, &format!("Bearer {token} {token}")] {
        assert_eq!(reason(&[("authorization", bad)]), Reason::JwtInvalid, "{bad:?}");
    }
    let message = user(&[]).unwrap_err().message;
    assert!(message.starts_with("Missing 'Authorization' header in JWT authentication mode"));
}

#[test]
fn an_expired_jwt_has_a_reason_of_its_own() {
    let expired = payload_but(|p| p["exp"] = json!(NOW - 1));
    assert_eq!(reason(&[("authorization", &bearer(&expired))]), Reason::JwtExpired);
}

#[test]
fn time_passes_by_the_clock_that_was_handed_in() {
    let later = Clock::from_fn(|| super::now() + chrono::Duration::hours(1));
    let authenticator = authenticator_of(secret(json!({})), None, later);
    let headers = headers(&[("authorization", &bearer(&payload()))]);
    assert_eq!(who(&authenticator, &headers).unwrap_err().reason, Reason::JwtExpired);
}

#[test]
fn a_role_header_chooses_among_the_allowed_roles_and_no_others() {
    let jwt = bearer(&payload());
    let with = |role: &str| user(&[("authorization", &jwt), ("x-hasura-role", role)]);
    assert_eq!(with("me").unwrap().role(), "me");
    for role in ["admin", "", "ME", "me,user", "me user"] {
        let error = with(role).unwrap_err();
        assert_eq!(error.reason, Reason::RoleNotAllowed, "{role:?}");
        assert!(error.message.starts_with("Your requested role is not in allowed roles"));
    }
}

#[test]
fn a_default_role_that_is_not_allowed_is_refused() {
    let payload = payload_but(|p| p[CLAIMS]["x-hasura-default-role"] = json!("admin"));
    assert_eq!(reason(&[("authorization", &bearer(&payload))]), Reason::RoleNotAllowed);
}

#[test]
fn a_jwt_that_allows_admin_makes_a_user_and_no_service() {
    let payload = payload_but(|p| p[CLAIMS]["x-hasura-allowed-roles"] = json!(["user", "admin"]));
    let other = Uuid::from_u128(2).to_string();
    let user = user(&[
        ("authorization", &bearer(&payload)),
        ("x-hasura-role", "admin"),
        ("x-hasura-user-id", &other),
    ]);
    assert_eq!(user.unwrap().id(), USER);
}

#[test]
fn forged_session_headers_are_nobodys_without_a_jwt() {
    let other = Uuid::from_u128(2).to_string();
    let forged = [
        ("x-hasura-role", "admin"),
        ("x-hasura-user-id", other.as_str()),
        ("x-hasura-admin-secret", "admin"),
        ("x-hasura-allowed-roles", "[\"admin\"]"),
    ];
    assert_eq!(reason(&forged), Reason::JwtMissing);
}

#[test]
fn forged_session_headers_change_nothing_beside_a_jwt() {
    let other = Uuid::from_u128(2).to_string();
    for user_id in [other.as_str(), "not-a-uuid", ""] {
        let user = user(&[
            ("authorization", &bearer(&payload())),
            ("x-hasura-user-id", user_id),
            ("x-hasura-user-is-anonymous", "true"),
            ("x-hasura-default-role", "admin"),
            ("x-hasura-allowed-roles", "[\"admin\"]"),
            ("x-hasura-admin-secret", SERVICE_SECRET),
        ])
        .unwrap();
        assert_eq!((user.id(), user.role(), user.is_anonymous()), (USER, "user", false));
    }
}

#[test]
fn a_header_that_decides_who_is_calling_may_come_only_once() {
    let jwt = bearer(&payload());
    let id = USER.to_string();
    let twice = [
        ("authorization", jwt.as_str(), Reason::JwtInvalid),
        ("x-hasura-role", "me", Reason::RoleNotAllowed),
        ("x-hasura-user-id", &id, Reason::RoleNotAllowed),
        ("x-service-secret", SERVICE_SECRET, Reason::ServiceSecretInvalid),
    ];
    for (name, value, expected) in twice {
        let mut list = vec![(name, value), (name, value)];
        if name != "authorization" {
            list.push(("authorization", &jwt));
        }
        let result = who(&authenticator(), &headers(&list));
        assert_eq!(result.unwrap_err().reason, expected, "{name}");
    }
}
