//! What a refresh asks of each provider.

use super::*;

/// Proves the client in the form.
const POST: [Provider; 10] = [
    Provider::Azuread,
    Provider::Discord,
    Provider::Entraid,
    Provider::Github,
    Provider::Gitlab,
    Provider::Google,
    Provider::Linkedin,
    Provider::Strava,
    Provider::Twitch,
    Provider::Windowslive,
];

/// Proves it in the header.
const BASIC: [Provider; 2] = [Provider::Bitbucket, Provider::Spotify];

const NONE: [Provider; 3] = [Provider::Facebook, Provider::Twitter, Provider::Workos];

async fn asked(provider: Provider, secret: ClientSecret) -> recorder::Seen {
    let recorder = Recorder::start([Canned::tokens()]).await;
    let direct = direct_with(provider, secret, &recorder);
    assert!(direct.handles(provider));
    direct.refresh(provider, &"the refresh+token".into(), clock().now()).await.unwrap();
    let seen = recorder.only();
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/token"), "{provider}");
    // GitHub writes forms to who does not ask for JSON.
    assert_eq!(seen.header("accept"), "application/json", "{provider}");
    assert!(seen.header("user-agent").starts_with("provider-connections/"));
    seen
}

fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn most_want_the_client_in_the_form() {
    for provider in POST {
        let seen = asked(provider, shared(&["s:e%c+ret"])).await;
        let expected = fields(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", "the refresh+token"),
            ("client_id", "app one"),
            ("client_secret", "s:e%c+ret"),
        ]);
        assert_eq!(seen.form(), expected, "{provider}");
        assert_eq!(seen.header("authorization"), "", "{provider}");
    }
}

#[tokio::test]
async fn bitbucket_and_spotify_want_the_client_in_the_header_form_encoded() {
    for provider in BASIC {
        let seen = asked(provider, shared(&["s:e%c+ret"])).await;
        let expected =
            fields(&[("grant_type", "refresh_token"), ("refresh_token", "the refresh+token")]);
        assert_eq!(seen.form(), expected, "{provider}");
        assert_eq!(seen.basic().unwrap(), "app+one:s%3Ae%25c%2Bret", "{provider}");
    }
}

#[tokio::test]
async fn apple_wants_a_signed_secret_in_the_form() {
    let seen = asked(Provider::Apple, ClientSecret::Apple(apple_key().0)).await;
    let names: Vec<_> = seen.form().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["grant_type", "refresh_token", "client_id", "client_secret"]);
    assert_eq!(seen.field("client_secret").split('.').count(), 3);
}

#[tokio::test]
async fn providers_without_refresh_tokens_are_not_asked() {
    for provider in NONE {
        let recorder = Recorder::start([Canned::tokens()]).await;
        let direct = direct(provider, &recorder);
        assert!(!direct.handles(provider));
        assert!(direct.refresh(provider, &"token".into(), clock().now()).await.is_err());
        assert!(recorder.seen().is_empty());
    }
    assert_eq!(POST.len() + BASIC.len() + NONE.len() + 1, Provider::ALL.len());
}

#[tokio::test]
async fn a_provider_without_a_client_is_not_asked() {
    let direct = Direct::new(ProviderClients::default(), clock()).unwrap();
    let (access, refresh) = ("access".into(), "refresh".into());
    for provider in Provider::ALL {
        assert!(!direct.handles(*provider) && !direct.revokes(*provider));
        assert!(direct.refresh(*provider, &refresh, clock().now()).await.is_err());
        assert!(direct.revoke(*provider, tokens(&access, Some(&refresh))).await.is_err());
    }
}
