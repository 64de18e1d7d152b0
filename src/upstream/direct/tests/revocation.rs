//! Revocation: what each provider is asked, and what its answers mean.

use super::*;

const FORMS: [Provider; 5] =
    [Provider::Apple, Provider::Discord, Provider::Gitlab, Provider::Google, Provider::Twitch];
const OWN: [Provider; 3] = [Provider::Facebook, Provider::Github, Provider::Strava];

/// Revokes at a provider that answers so: what it was asked, and what came of it.
async fn revoked(
    provider: Provider,
    refresh: Option<&str>,
    answers: impl IntoIterator<Item = Canned>,
) -> (Vec<recorder::Seen>, Result<(), UpstreamError>) {
    let recorder = Recorder::start(answers).await;
    let direct = match provider {
        Provider::Apple => direct_with(provider, ClientSecret::Apple(apple_key().0), &recorder),
        _ => direct(provider, &recorder),
    };
    assert!(direct.revokes(provider));
    let (access, refresh) = ("the access+token".into(), refresh.map(SecretString::from));
    let outcome = direct.revoke(provider, tokens(&access, refresh.as_ref())).await;
    (recorder.seen(), outcome)
}

fn names(seen: &recorder::Seen) -> Vec<String> {
    seen.form().into_iter().map(|(name, _)| name).collect()
}

#[tokio::test]
async fn both_tokens_are_revoked_the_refresh_token_first() {
    for provider in FORMS {
        let (seen, outcome) = revoked(provider, Some("refresh"), [Canned::json(200, "")]).await;
        outcome.unwrap();
        assert_eq!(seen.len(), 2, "{provider}");
        for (seen, token, hint) in
            [(&seen[0], "refresh", "refresh_token"), (&seen[1], "the access+token", "access_token")]
        {
            assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/revoke"));
            assert_eq!(seen.header("authorization"), "");
            assert_eq!(seen.field("token"), token);
            let usual = ["token", "token_type_hint", "client_id", "client_secret"];
            match provider {
                Provider::Google => assert_eq!(names(seen), ["token"]),
                Provider::Twitch => assert_eq!(names(seen), ["client_id", "token"]),
                _ => {
                    assert_eq!(names(seen), usual, "{provider}");
                    assert_eq!(seen.field("token_type_hint"), hint);
                }
            }
        }
    }
}

#[tokio::test]
async fn without_a_refresh_token_the_access_token_is_revoked() {
    for provider in FORMS {
        let (seen, outcome) = revoked(provider, None, [Canned::json(200, "")]).await;
        outcome.unwrap();
        assert_eq!(seen.len(), 1, "{provider}");
        assert_eq!(seen[0].field("token"), "the access+token");
    }
}

#[tokio::test]
async fn github_wants_the_client_in_the_header_and_the_access_token_in_json() {
    let (seen, outcome) = revoked(Provider::Github, Some("refresh"), [Canned::json(204, "")]).await;
    outcome.unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].method.as_str(), seen[0].path.as_str()), ("DELETE", "/revoke"));
    assert_eq!(seen[0].basic().unwrap(), "app one:s:e%c+ret");
    assert_eq!(seen[0].header("accept"), "application/vnd.github+json");
    assert_eq!(seen[0].header("content-type"), "application/json");
    assert_eq!(seen[0].body, r#"{"access_token":"the access+token"}"#);
}

#[tokio::test]
async fn facebook_wants_the_access_token_as_bearer_with_a_proof_of_the_secret() {
    let (seen, outcome) =
        revoked(Provider::Facebook, None, [Canned::json(200, r#"{"success":true}"#)]).await;
    outcome.unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].method.as_str(), "DELETE");
    // printf 'the access+token' | openssl dgst -sha256 -hmac 's:e%c+ret'
    let proof = "2b915606b48bcb9a30e33d7af6314b7d630c9a2c49211d5e4ae66a3f62d0e1c8";
    assert_eq!(seen[0].path, format!("/revoke?appsecret_proof={proof}"));
    assert_eq!(seen[0].header("authorization"), "Bearer the access+token");
    assert_eq!(seen[0].body, "");
}

#[tokio::test]
async fn strava_wants_the_access_token_in_a_form() {
    let (seen, outcome) =
        revoked(Provider::Strava, Some("refresh"), [Canned::json(200, "{}")]).await;
    outcome.unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].method.as_str(), seen[0].path.as_str()), ("POST", "/revoke"));
    assert_eq!(names(&seen[0]), ["access_token"]);
    assert_eq!(seen[0].field("access_token"), "the access+token");
}

#[tokio::test]
async fn the_others_have_nothing_to_call() {
    for provider in Provider::ALL {
        let known = FORMS.contains(provider) || OWN.contains(provider);
        let recorder = Recorder::start([Canned::json(200, "")]).await;
        let direct = direct(*provider, &recorder);
        assert_eq!(direct.revokes(*provider), known, "{provider}");
        if !known {
            let access = "access".into();
            assert!(direct.revoke(*provider, tokens(&access, None)).await.is_err());
            assert!(recorder.seen().is_empty());
        }
    }
}

/// What a provider says of a token that it does not know (any more).
fn unknown(provider: Provider) -> Canned {
    match provider {
        Provider::Github => Canned::json(404, r#"{"message":"Not Found"}"#),
        Provider::Facebook => {
            Canned::json(400, r#"{"error":{"type":"OAuthException","code":190,"message":"x"}}"#)
        }
        Provider::Strava => Canned::json(401, r#"{"message":"Authorization Error"}"#),
        Provider::Google => Canned::json(400, r#"{"error":"invalid_token"}"#),
        Provider::Twitch => Canned::json(400, r#"{"status":400,"message":"Invalid token"}"#),
        _ => Canned::json(400, r#"{"error":"invalid_grant"}"#),
    }
}

#[tokio::test]
async fn a_token_that_is_not_known_is_as_good_as_revoked() {
    for provider in FORMS.into_iter().chain(OWN) {
        let (seen, outcome) = revoked(provider, None, [unknown(provider)]).await;
        assert_eq!((seen.len(), outcome), (1, Ok(())), "{provider}");
    }
}

#[tokio::test]
async fn a_refresh_token_that_is_not_known_does_not_spare_the_access_token() {
    for provider in FORMS {
        let answers = [unknown(provider), Canned::json(200, "")];
        let (seen, outcome) = revoked(provider, Some("refresh"), answers).await;
        assert_eq!((seen.len(), outcome), (2, Ok(())), "{provider}");
    }
}

#[tokio::test]
async fn where_a_live_access_token_is_needed_an_expired_one_is_renewed() {
    for provider in [Provider::Github, Provider::Strava] {
        let answers = [unknown(provider), Canned::tokens(), Canned::json(200, "{}")];
        let (seen, outcome) = revoked(provider, Some("refresh"), answers).await;
        outcome.unwrap();
        let paths: Vec<_> = seen.iter().map(|seen| seen.path.as_str()).collect();
        assert_eq!(paths, ["/revoke", "/token", "/revoke"]);
        assert_eq!(seen[1].field("refresh_token"), "refresh");
        assert!(seen[2].body.contains("new-access-token"), "{}", seen[2].body);
    }
}

#[tokio::test]
async fn a_grant_that_has_ended_is_as_good_as_revoked() {
    let ended = Canned::json(200, r#"{"error":"bad_refresh_token"}"#);
    let answers = [unknown(Provider::Github), ended];
    assert_eq!(revoked(Provider::Github, Some("refresh"), answers).await.1, Ok(()));
}

#[tokio::test]
async fn a_revocation_that_failed_is_told() {
    for provider in FORMS.into_iter().chain(OWN) {
        for (answer, expected) in [
            (
                Canned::json(503, "").with("retry-after", "7"),
                UpstreamError::Unavailable {
                    what: "it answered HTTP 503",
                    status: Some(503),
                    retry_after: Some(Duration::from_secs(7)),
                },
            ),
            (Canned::json(429, ""), UpstreamError::RateLimited { retry_after: None }),
            (
                Canned::json(400, ""),
                UpstreamError::GrantRefused {
                    evidence: Evidence {
                        code: "unknown",
                        status: 400,
                        host: "127.0.0.1".to_owned(),
                    },
                    retry_after: None,
                },
            ),
        ] {
            let (seen, outcome) = revoked(provider, Some("refresh"), [answer]).await;
            assert_eq!((seen.len(), outcome), (1, Err(expected)), "{provider}");
        }
    }
}

#[tokio::test]
async fn a_refused_client_is_the_operators_affair() {
    let oauth = Canned::json(401, r#"{"error":"invalid_client"}"#);
    for (provider, answer) in [
        (Provider::Apple, oauth.clone()),
        (Provider::Discord, oauth.clone()),
        (Provider::Gitlab, oauth),
        (Provider::Twitch, Canned::json(400, r#"{"status":400,"message":"invalid client"}"#)),
        (Provider::Github, Canned::json(401, r#"{"message":"Bad credentials"}"#)),
        (Provider::Facebook, Canned::json(400, r#"{"error":{"code":100,"message":"proof"}}"#)),
    ] {
        let (_, outcome) = revoked(provider, None, [answer]).await;
        let error = outcome.unwrap_err();
        assert!(matches!(error, UpstreamError::ClientRefused(_)), "{provider}: {error:?}");
    }
}
