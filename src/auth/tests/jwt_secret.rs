use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use super::{
    JwtSecret, JwtSecrets, SECRET,
    keys::{Pair, pem},
    secret, sign,
};

/// An RSA key of 1024 bits, made with OpenSSL: aws-lc-rs makes none that small.
const SMALL_RSA: &str = include_str!("rsa_1024_public.pem");

fn problems(fields: &Value) -> Vec<String> {
    match JwtSecret::parse(&fields.to_string()) {
        Ok(secret) => panic!("{secret:?} was accepted: {fields}"),
        Err(error) => error.problems().to_vec(),
    }
}

/// The one problem of the usual secret after `fields` are added or replaced.
fn problem_with(mut fields: Value) -> String {
    for (name, usual) in [("type", "HS256"), ("key", SECRET)] {
        if fields.get(name).is_none() {
            fields[name] = usual.into();
        }
    }
    let problems = problems(&fields);
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems[0].clone()
}

#[test]
fn a_secret_with_every_field_of_nhosts_is_accepted() {
    let fields = json!({
        "type": "HS256", "key": SECRET, "issuer": "hasura-auth", "audience": ["a", "b"],
        "claims_namespace": "https://hasura.io/jwt/claims", "claims_format": "json",
        "allowed_skew": 5, "kid": "a", "header": {"type": "Authorization"},
        "signing_key": "not used with a shared secret", "jwk_url": null, "unheard_of": 1,
    });
    JwtSecret::parse(&fields.to_string()).unwrap();
}

#[test]
fn every_form_of_hasuras_fields_is_accepted() {
    let map = json!({
        "x-hasura-user-id": {"path": "$.sub"},
        "X-Hasura-Allowed-Roles": ["user"],
        "x-hasura-default-role": {"path": "$.roles[0]", "default": "user"},
    });
    for fields in [
        json!({"claims_namespace_path": "$.hasura['https://example.com/claims']"}),
        json!({"claims_namespace_path": "$"}),
        json!({"claims_format": "stringified_json"}),
        json!({"claims_map": map}),
        json!({"claims_map": map, "claims_namespace": "ignored"}),
        json!({"header": {"type": "Cookie", "name": "session"}}),
        json!({"header": {"type": "CustomHeader", "name": "X-JWT"}}),
        json!({"audience": ["a", "b"], "allowed_skew": 60}),
    ] {
        secret(fields);
    }
    for fields in [
        json!({"jwk_url": "https://example.com/jwks.json"}),
        json!({"jwk_url": "http://auth:4000/v1/.well-known/jwks.json", "type": "RS256"}),
        json!({"jwk_url": "https://example.com/jwks.json", "signing_key": "ignored", "kid": "k"}),
    ] {
        assert!(!JwtSecret::parse(&fields.to_string()).unwrap().can_mint());
    }
}

#[test]
fn fields_that_contradict_each_other_are_refused() {
    let url = "https://example.com/jwks.json";
    let wrong = [
        (json!({"jwk_url": url, "key": SECRET}), "both set"),
        (json!({"jwk_url": url, "type": "HS256"}), "shared secret"),
        (json!({"jwk_url": "example.com"}), "not a URL"),
        (json!({"jwk_url": "file:///etc/passwd"}), "not a URL"),
        (json!({"jwk_url": "https://user:password@example.com/jwks.json"}), "not a URL"),
    ];
    for (fields, problem) in wrong {
        let problems = problems(&fields);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains(problem), "{problems:?}");
    }
    let both = json!({"claims_namespace": "a", "claims_namespace_path": "$.a"});
    assert!(problem_with(both).contains("both set"));
}

#[test]
fn a_header_that_is_none_of_hasuras_is_refused() {
    for header in [
        json!({}),
        json!("Cookie"),
        json!({"type": "Cookie"}),
        json!({"type": "Cookie", "name": ""}),
        json!({"type": "CustomHeader", "name": "not a header"}),
        json!({"type": "Bearer"}),
    ] {
        assert!(problem_with(json!({"header": header})).starts_with("`header` must be"));
    }
}

#[test]
fn a_claims_map_says_where_everything_is_that_makes_a_user() {
    let whole = || {
        json!({
            "x-hasura-user-id": {"path": "$.sub"},
            "x-hasura-allowed-roles": {"path": "$.roles", "default": ["user"]},
            "x-hasura-default-role": "user",
        })
    };
    for name in ["x-hasura-user-id", "x-hasura-allowed-roles", "x-hasura-default-role"] {
        let mut map = whole();
        map.as_object_mut().unwrap().remove(name);
        assert!(problem_with(json!({"claims_map": map})).contains(name));
    }
    for (name, value) in [
        ("user-id", json!({"path": "$.sub"})),
        ("x-hasura-org", json!({"path": "$."})),
        // Everyone would be that one user.
        ("x-hasura-user-id", json!("9a9e4b0c-8d2c-4b7d-a4a9-0a4a3b0f4b11")),
        (
            "x-hasura-user-id",
            json!({"path": "$.sub", "default": "9a9e4b0c-8d2c-4b7d-a4a9-0a4a3b0f4b11"}),
        ),
        ("X-Hasura-User-Id", json!({"path": "$.sub", "default": ""})),
        ("x-hasura-org", json!({"default": "x"})),
        ("x-hasura-org", json!(1)),
        ("x-hasura-org", json!({"path": "$.org", "default": 1})),
        ("x-hasura-default-role", json!(["user"])),
        ("x-hasura-allowed-roles", json!("user")),
        ("x-hasura-allowed-roles", json!({"path": "$.roles", "default": "user"})),
    ] {
        let mut map = whole();
        map.as_object_mut().unwrap().retain(|other, _| !other.eq_ignore_ascii_case(name));
        map[name] = value;
        let problem = problem_with(json!({"claims_map": map}));
        assert!(problem.contains(&name.to_lowercase()), "{name}: {problem}");
    }
    assert!(problem_with(json!({"claims_map": []})).contains("an object"));
    assert!(problem_with(json!({"claims_namespace_path": "$.a b"})).contains("JSON path"));
    assert!(problem_with(json!({"claims_format": "yaml"})).contains("stringified_json"));
}

#[test]
fn es512_is_refused_in_so_many_words_and_other_types_by_listing_what_there_is() {
    assert!(problem_with(json!({"type": "ES512"})).contains("ES512, which this version does not"));
    for name in ["none", "hs256", "PS256", "EdDSA", "x"] {
        let problem = problem_with(json!({ "type": name }));
        assert!(problem.contains("HS256") && problem.contains("Ed25519"), "{problem}");
    }
}

#[test]
fn a_shared_secret_is_at_least_as_long_as_the_hash() {
    for (name, least) in [("HS256", 32), ("HS384", 48), ("HS512", 64)] {
        let fields = |length| json!({"type": name, "key": "s".repeat(length)});
        assert!(JwtSecret::parse(&fields(least).to_string()).is_ok());
        let problems = problems(&fields(least - 1));
        assert!(problems[0].contains(&format!("needs at least {least}")), "{problems:?}");
    }
}

#[test]
fn a_public_key_is_not_taken_for_a_shared_secret() {
    let key = Pair::rsa("RS256", Algorithm::RS256).key;
    assert!(problem_with(json!({ "key": key })).contains("anyone who knows a public key"));
}

#[test]
fn a_public_key_must_be_of_the_kind_and_size_that_the_type_needs() {
    let pairs =
        [Pair::rsa("RS256", Algorithm::RS256), Pair::es256(), Pair::es384(), Pair::ed25519()];
    for pair in &pairs {
        for other in pairs.iter().filter(|other| other.type_name != pair.type_name) {
            let problem = &problems(&json!({"type": pair.type_name, "key": other.key}))[0];
            assert!(problem.contains(&format!("{} needs", pair.type_name)), "{problem}");
        }
    }
    let small = &problems(&json!({"type": "RS256", "key": SMALL_RSA}))[0];
    assert!(small.contains("2048"), "{small}");
}

#[test]
fn a_key_that_is_no_public_key_says_what_to_put_there() {
    let pair = Pair::es256();
    let wrong = [
        (pem("CERTIFICATE", b"x"), "openssl x509"),
        ("-----BEGIN CERTIFICATE-----".to_owned(), "openssl x509"),
        (pair.signing_key.unwrap(), "`signing_key`"),
        (pem("RSA PUBLIC KEY", b"x"), "BEGIN PUBLIC KEY"),
        ("MFkwEwYHKoZIzj0CAQ".to_owned(), "BEGIN PUBLIC KEY"),
        (pem("PUBLIC KEY", b"x"), "P-256"),
        ("-----BEGIN PUBLIC KEY-----".to_owned(), "P-256"),
    ];
    for (key, advice) in wrong {
        let problem = &problems(&json!({"type": "ES256", "key": key}))[0];
        assert!(problem.contains(advice), "{problem}");
    }
}

#[test]
fn an_rsa_key_may_be_spki_or_pkcs1() {
    let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let pkcs1 = aws_lc_rs::signature::KeyPair::public_key(&pair).as_ref().to_vec();
    let fields = json!({"type": "RS256", "key": pem("RSA PUBLIC KEY", &pkcs1)});
    assert!(JwtSecret::parse(&fields.to_string()).is_ok());
}

#[test]
fn a_signing_key_must_be_the_other_half_of_the_key() {
    for (pair, other) in Pair::all().iter().zip(Pair::all()) {
        let Some(stranger) = other.signing_key else {
            continue;
        };
        for (signing_key, advice) in [
            (stranger.as_str(), "not the private key of `key`"),
            (pair.key.as_str(), "not a private key in PEM"),
            (&stranger.replace("PRIVATE", "EC PRIVATE"), "openssl pkcs8"),
        ] {
            let mut fields = pair.verifying();
            fields["signing_key"] = signing_key.into();
            let problem = &problems(&fields)[0];
            assert!(problem.contains(advice), "{}: {problem}", pair.type_name);
        }
    }
}

#[test]
fn a_field_of_the_wrong_kind_is_named() {
    let wrong = [
        ("issuer", json!(1)),
        ("issuer", json!("")),
        ("audience", json!([])),
        ("audience", json!("")),
        ("audience", json!(["a", 1])),
        ("claims_namespace", json!([])),
        ("allowed_skew", json!(-1)),
        ("allowed_skew", json!("5")),
        ("allowed_skew", json!(1.5)),
        ("kid", json!(1)),
        ("key", json!("")),
        ("type", json!(["HS256"])),
    ];
    for (name, value) in wrong {
        let problem = problem_with(json!({ name: value }));
        assert!(problem.contains(&format!("`{name}`")), "{problem}");
    }
}

#[test]
fn everything_wrong_is_reported_at_once() {
    let fields =
        json!({"type": "HS256", "key": "short", "issuer": 1, "claims_map": {}, "header": 1});
    assert_eq!(problems(&fields).len(), 4);
    assert_eq!(problems(&json!({})).len(), 2, "type and key");
}

#[test]
fn what_is_not_a_json_object_is_told_where_it_goes_wrong() {
    for text in ["", "[]", "\"x\"", "HS256", "{\"type\":\"RS256\",\"key\":\"a\nb\"}"] {
        let error = JwtSecret::parse(text).unwrap_err();
        assert!(error.to_string().contains("not a JSON object"), "{error}");
    }
    let error = JwtSecret::parse("{\"key\":\"a\nb\"}").unwrap_err();
    assert!(error.to_string().contains("line breaks"), "{error}");
}

#[test]
fn no_problem_shows_a_key() {
    let marker = "marker-in-the-key";
    let texts = [
        format!("{{\"type\":\"HS256\",\"key\":\"{marker}\"}}"),
        format!("{{\"type\":\"RS256\",\"key\":\"{marker}\"}}"),
        format!("{{\"type\":\"{marker}\",\"key\":\"{marker}\",\"jwk_url\":\"{marker}\"}}"),
        format!(
            "{{\"type\":\"ES256\",\"key\":\"-----BEGIN {marker}-----\",\"header\":\"{marker}\"}}"
        ),
        format!("{{\"key\":{marker}}}"),
        marker.to_owned(),
    ];
    for text in texts {
        let error = JwtSecret::parse(&text).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(marker), "{error}");
    }
}

#[test]
fn a_secret_that_is_wrapped_in_something_is_told_what_it_is_wrapped_in() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let plain = json!({"type": "HS256", "key": SECRET}).to_string();
    let encoded = STANDARD.encode(&plain);
    let (first, rest) = encoded.split_at(40);
    for (wrapped, said) in [
        (format!("'{plain}'"), "is in quotes"),
        (format!("\"{plain}\""), "is in quotes"),
        (Value::from(plain.clone()).to_string(), "inside a JSON string"),
        (encoded.clone(), "is in base64"),
        (format!("{first}\n{rest}\n"), "is in base64"),
        (SECRET.to_owned(), "not a JSON object"),
    ] {
        for error in [
            JwtSecret::parse(&wrapped).unwrap_err(),
            JwtSecrets::parse(&wrapped).map(|_| ()).unwrap_err(),
        ] {
            let problem = error.to_string();
            let is_list = problem.contains("not a JSON list");
            assert!(problem.contains(said) || is_list, "{wrapped}: {problem}");
            assert!(!problem.contains(SECRET), "{problem}");
        }
    }
}

#[test]
fn a_pem_whose_line_breaks_are_escaped_twice_is_told_so() {
    for pair in Pair::all() {
        let Some(private) = &pair.signing_key else { continue };
        for escaped in ["\\n", "\\r\\n"] {
            let twice = |pem: &str| pem.replace('\n', escaped);
            let mut fields = pair.verifying();
            fields["key"] = twice(&pair.key).into();
            assert_eq!(problems(&fields).len(), 1);
            assert!(
                problems(&fields)[0]
                    .contains("`key` is a PEM, but its line breaks are escaped twice")
            );
            let mut fields = pair.signing();
            fields["signing_key"] = twice(private).into();
            assert!(
                problems(&fields)[0]
                    .contains("`signing_key` is a PEM, but its line breaks are escaped twice")
            );
        }
    }
}

#[test]
fn a_key_alone_is_one_of_hs256() {
    for key in [
        "0f987876650b4a085e64594fae9219e7781b17506bec02489ad061fba8cb22db",
        // A number is a key as well.
        "12345678901234567890123456789012",
        "  c2VjcmV0LWtleS1vZi1hbi1hcHAtdGhhdC1pcy1sb25n+/==\n",
        "#secret-key.of_an:app,that~is*long!enough",
    ] {
        let secret = JwtSecret::parse(key).unwrap();
        assert_eq!(format!("{secret:?}"), "JwtSecret(HS256)", "{key}");
        assert!(secret.can_mint());
    }
    for quote in ['\'', '"'] {
        let quoted = format!("{quote}0f987876650b4a085e64594fae9219e7781b17506bec0248{quote}");
        let problem = JwtSecret::parse(&quoted).unwrap_err().to_string();
        assert!(problem.contains("is in quotes"), "{problem}");
    }
    let short = JwtSecret::parse("0f987876650b4a08").unwrap_err().to_string();
    assert!(short.contains("with 16 bytes it is too short"), "{short}");
}

#[test]
fn what_everyone_may_know_is_no_key() {
    let pair = Pair::rsa("RS256", Algorithm::RS256);
    let body: String = pair.key.lines().filter(|line| !line.starts_with("--")).collect();
    let jwt = sign(&json!({ "sub": "x".repeat(40) }));
    for (text, said) in [
        ("https://example.com/v1/.well-known/jwks.json", "{\"jwk_url\":\"…\"}"),
        (pair.key.as_str(), "\"type\":\"RS256\""),
        (body.as_str(), "\"type\":\"RS256\""),
        (jwt.as_str(), "is a JWT"),
    ] {
        let problem = JwtSecret::parse(text).unwrap_err().to_string();
        assert!(problem.contains(said), "{problem}");
        assert!(!problem.contains(text), "{problem}");
    }
}

#[test]
fn json_whose_quotes_a_shell_took_is_told_so() {
    let text = format!("{{type:HS256,key:{}}}", SECRET.replace(' ', "-"));
    let problem = JwtSecret::parse(&text).unwrap_err().to_string();
    assert!(problem.contains("has lost its quotes"), "{problem}");
}

#[test]
fn a_field_near_one_of_ours_is_misspelt_and_any_other_is_nobodys() {
    for (name, meant) in [
        ("isuer", "issuer"),
        ("Issuer", "issuer"),
        ("iss", "issuer"),
        ("aud", "audience"),
        ("audiance", "audience"),
        ("jwks_url", "jwk_url"),
        ("jwkUrl", "jwk_url"),
        ("claimsNamespace", "claims_namespace"),
        ("claims_namespace_paht", "claims_namespace_path"),
        ("allowedSkew", "allowed_skew"),
        ("signingKey", "signing_key"),
    ] {
        let problem = problem_with(json!({ name: "x" }));
        let expected = format!("`{name}` is not a field of a JWT secret: rename it to `{meant}`");
        assert_eq!(problem, expected);
    }
    for name in ["unheard_of", "comment", "x5t", "use", "alg", "id", "note", "types_of_tokens"] {
        JwtSecret::parse(&json!({"type": "HS256", "key": SECRET, name: 1}).to_string()).unwrap();
    }
}
