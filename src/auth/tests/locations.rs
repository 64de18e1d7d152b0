//! Where a request carries its JWT: `header` of the JWT secret.

use serde_json::{Value, json};

use super::{
    NOW, SERVICE_SECRET, USER, authenticator_of, headers, now, payload, payload_but, secret,
    tokens::sign, who,
};
use crate::{
    auth::{AuthError, Caller, Reason},
    clock::Clock,
};

fn caller(header: &Value, list: &[(&str, &str)]) -> Result<Caller, AuthError> {
    let secret = secret(json!({"header": header}));
    who(&authenticator_of(secret, Some(SERVICE_SECRET), Clock::from_fn(now)), &headers(list))
}

fn reason(header: &Value, list: &[(&str, &str)]) -> Option<Reason> {
    caller(header, list).err().map(|error| error.reason)
}

fn cookie() -> Value {
    json!({"type": "Cookie", "name": "session"})
}

const OURS: (&str, &str) = ("x-requested-with", "XMLHttpRequest");

#[test]
fn a_jwt_in_its_cookie_makes_a_user() {
    let jwt = sign(&payload());
    for value in [
        format!("session={jwt}"),
        format!("a=b; session={jwt}; c=\"d\""),
        format!("a=b;session={jwt}"),
        format!("sessions=x; session = {jwt}"),
    ] {
        let caller = caller(&cookie(), &[("cookie", &value), OURS]).unwrap();
        assert!(matches!(caller, Caller::User(user) if user.id() == USER), "{value}");
    }
    let split = [("cookie", "a=b"), ("cookie", &format!("session={jwt}")), OURS];
    assert_eq!(reason(&cookie(), &split), None, "HTTP/2 may split the header");
}

#[test]
fn a_cookie_alone_is_refused_because_any_page_can_make_a_browser_send_it() {
    let jwt = format!("session={}", sign(&payload()));
    assert_eq!(reason(&cookie(), &[("cookie", &jwt)]), Some(Reason::CrossSite));
    // What a page of another origin can send without asking, and what proxies add.
    for (name, value) in [
        ("content-type", "text/plain"),
        ("accept", "application/json"),
        ("accept-language", "en"),
        ("origin", "https://app.example.com"),
        ("x-forwarded-for", "203.0.113.1"),
        ("x-hasura-user-id", "x"),
        ("authorization", "Bearer x"),
    ] {
        let list = [("cookie", jwt.as_str()), (name, value)];
        assert_eq!(reason(&cookie(), &list), Some(Reason::CrossSite), "{name}");
    }
    for (name, value) in [OURS, ("apollo-require-preflight", "true"), ("x-hasura-role", "user")] {
        assert_eq!(reason(&cookie(), &[("cookie", &jwt), (name, value)]), None, "{name}");
    }
}

#[test]
fn without_its_cookie_there_is_no_jwt_whatever_else_comes() {
    let jwt = sign(&payload());
    let bearer = format!("Bearer {jwt}");
    let other = format!("sessions={jwt}");
    for list in [
        vec![OURS],
        vec![("authorization", bearer.as_str()), OURS],
        vec![("cookie", other.as_str()), OURS],
        vec![("cookie", "session="), OURS],
    ] {
        let error = caller(&cookie(), &list).unwrap_err();
        assert_eq!(error.reason, Reason::JwtMissing, "{list:?}");
        assert!(error.message.starts_with("Missing 'Cookie' header in JWT authentication mode"));
    }
}

#[test]
fn two_cookies_of_its_name_are_no_choice() {
    let twice = format!("session={}; session=x", sign(&payload()));
    assert_eq!(reason(&cookie(), &[("cookie", &twice), OURS]), Some(Reason::JwtInvalid));
}

#[test]
fn a_jwt_in_a_header_of_the_apps_own_makes_a_user_with_bearer_or_without() {
    let header = || json!({"type": "CustomHeader", "name": "X-Session"});
    let jwt = sign(&payload());
    for value in [jwt.clone(), format!("Bearer {jwt}"), format!("bearer   {jwt} ")] {
        assert_eq!(reason(&header(), &[("x-session", &value)]), None, "{value}");
    }
    let bearer = format!("Bearer {jwt}");
    assert_eq!(reason(&header(), &[("authorization", &bearer)]), Some(Reason::JwtMissing));
    assert_eq!(reason(&header(), &[("x-session", "")]), Some(Reason::JwtMissing));
    assert_eq!(reason(&header(), &[("x-session", "Bearer ")]), Some(Reason::JwtMissing));
    let twice = [("x-session", jwt.as_str()), ("x-session", jwt.as_str())];
    assert_eq!(reason(&header(), &twice), Some(Reason::JwtInvalid));
}

#[test]
fn what_is_wrong_with_a_jwt_is_the_same_wherever_it_comes() {
    let expired = sign(&payload_but(|payload| payload["exp"] = json!(NOW - 1)));
    let list = [("cookie", format!("session={expired}"))];
    let list = [(list[0].0, list[0].1.as_str()), OURS];
    assert_eq!(reason(&cookie(), &list), Some(Reason::JwtExpired));
}

#[test]
fn a_service_speaks_for_a_user_without_a_cookie_of_theirs() {
    let user_id = USER.to_string();
    let list = [
        ("x-service-secret", SERVICE_SECRET),
        ("x-hasura-role", "user"),
        ("x-hasura-user-id", &user_id),
    ];
    assert!(matches!(caller(&cookie(), &list), Ok(Caller::Service(_))));
}
