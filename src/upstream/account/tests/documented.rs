//! The examples of the providers' own documentation, whole.

use serde_json::json;

use super::*;

struct Case {
    provider: Provider,
    /// Where the answer is documented.
    source: &'static str,
    answer: Value,
    /// The same account, as little as the provider says of it.
    least: Value,
    /// id, email, login, name, avatar, page
    said: [Option<&'static str>; 6],
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn cases() -> Vec<Case> {
    vec![
        Case {
            provider: Provider::Azuread,
            // It documents the claims, and Nhost Auth's `azuread.go` reads `oid`, `email` and `name`.
            source: "https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference#v10-basic-claims",
            answer: json!({
                "amr": ["pwd"],
                "email": "mikoll@contoso.com",
                "family_name": "Ollenburg",
                "given_name": "Mikah",
                "ipaddr": "203.0.113.7",
                "name": "Mikah Ollenburg",
                "oid": "00000000-0000-0000-66f3-3332eca7ea81",
                "sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
                "tid": "aaaabbbb-0000-cccc-1111-dddd2222eeee",
                "unique_name": "mikoll@contoso.com",
                "upn": "mikoll@contoso.onmicrosoft.com",
                "ver": "1.0",
            }),
            least: json!({ "oid": "00000000-0000-0000-66f3-3332eca7ea81" }),
            said: [
                Some("00000000-0000-0000-66f3-3332eca7ea81"),
                Some("mikoll@contoso.com"),
                Some("mikoll@contoso.onmicrosoft.com"),
                Some("Mikah Ollenburg"),
                None,
                None,
            ],
        },
        Case {
            provider: Provider::Entraid,
            source: "https://learn.microsoft.com/entra/identity-platform/userinfo",
            answer: json!({
                "sub": "OLu859SGc2Sr9ZsqbkG-QbeLgJlb41KcdiPoLYNpSFA",
                "name": "Mikah Ollenburg",
                "family_name": " Ollenburg",
                "given_name": "Mikah",
                "picture": "https://graph.microsoft.com/v1.0/me/photo/$value",
                "email": "mikoll@contoso.com",
            }),
            least: json!({ "sub": "OLu859SGc2Sr9ZsqbkG-QbeLgJlb41KcdiPoLYNpSFA" }),
            said: [
                Some("OLu859SGc2Sr9ZsqbkG-QbeLgJlb41KcdiPoLYNpSFA"),
                Some("mikoll@contoso.com"),
                None,
                Some("Mikah Ollenburg"),
                None,
                None,
            ],
        },
        Case {
            provider: Provider::Bitbucket,
            source: "https://developer.atlassian.com/cloud/bitbucket/rest/api-group-users/#api-user-get",
            answer: json!({
                "display_name": "Evan Example",
                "links": {
                    "self": { "href": "https://api.bitbucket.org/2.0/users/%7B5a2d-uuid%7D" },
                    "avatar": { "href": "https://secure.gravatar.com/avatar/f5c6?d=initials.png" },
                    "html": { "href": "https://bitbucket.org/%7B5a2d-uuid%7D/" },
                },
                "created_on": "2012-10-03T21:46:37.155170+00:00",
                "type": "user",
                "uuid": "{5a2d-uuid}",
                "has_2fa_enabled": null,
                "username": "evzijst",
                "nickname": "evzijst",
                "is_staff": false,
                "account_id": "557058:c0b72ad0-1cb5-4018-9cdc-0cde8492c443",
            }),
            least: json!({ "type": "user", "uuid": "{5a2d-uuid}" }),
            said: [
                Some("{5a2d-uuid}"),
                None,
                Some("evzijst"),
                Some("Evan Example"),
                Some("https://secure.gravatar.com/avatar/f5c6?d=initials.png"),
                Some("https://bitbucket.org/%7B5a2d-uuid%7D/"),
            ],
        },
        Case {
            provider: Provider::Discord,
            source: "https://discord.com/developers/docs/resources/user#user-object-example-user",
            answer: json!({
                "id": "80351110224678912",
                "username": "Nelly",
                "discriminator": "1337",
                "avatar": "8342729096ea3675442027381ff50dfe",
                "verified": true,
                "email": "nelly@discord.com",
                "flags": 64,
                "banner": "06c16474723fe537c283b8efa61a30c8",
                "accent_color": 16_711_680,
                "premium_type": 1,
                "public_flags": 64,
            }),
            least: json!({
                "id": "80351110224678912", "username": "Nelly", "global_name": null,
                "avatar": null,
            }),
            said: [
                Some("80351110224678912"),
                Some("nelly@discord.com"),
                Some("Nelly"),
                None,
                Some(
                    "https://cdn.discordapp.com/avatars/80351110224678912/8342729096ea3675442027381ff50dfe.png",
                ),
                Some("https://discord.com/users/80351110224678912"),
            ],
        },
        Case {
            provider: Provider::Facebook,
            source: "https://developers.facebook.com/docs/graph-api/reference/user/",
            answer: json!({
                "id": "10150123456789012",
                "name": "Jane Example",
                "email": "jane@example.com",
                "picture": { "data": {
                    "height": 50,
                    "is_silhouette": false,
                    "url": "https://platform-lookaside.fbsbx.com/platform/profilepic/?asid=1&ext=2&hash=3",
                    "width": 50,
                } },
            }),
            least: json!({ "id": "10150123456789012", "name": "Jane Example" }),
            said: [
                Some("10150123456789012"),
                Some("jane@example.com"),
                None,
                Some("Jane Example"),
                Some(
                    "https://platform-lookaside.fbsbx.com/platform/profilepic/?asid=1&ext=2&hash=3",
                ),
                None,
            ],
        },
        Case {
            provider: Provider::Github,
            source: "https://docs.github.com/rest/users/users#get-the-authenticated-user",
            answer: json!({
                "login": "octocat",
                "id": 1,
                "node_id": "MDQ6VXNlcjE=",
                "avatar_url": "https://github.com/images/error/octocat_happy.gif",
                "gravatar_id": "",
                "url": "https://api.github.com/users/octocat",
                "html_url": "https://github.com/octocat",
                "type": "User",
                "site_admin": false,
                "name": "monalisa octocat",
                "company": "GitHub",
                "email": "octocat@github.com",
                "hireable": false,
                "plan": { "name": "Medium", "space": 400 },
            }),
            least: json!({ "login": "octocat", "id": 1, "name": null, "email": null }),
            said: [
                Some("1"),
                Some("octocat@github.com"),
                Some("octocat"),
                Some("monalisa octocat"),
                Some("https://github.com/images/error/octocat_happy.gif"),
                Some("https://github.com/octocat"),
            ],
        },
        Case {
            provider: Provider::Gitlab,
            source: "https://docs.gitlab.com/api/users/#retrieve-the-current-user",
            answer: json!({
                "id": 1,
                "username": "john_smith",
                "email": "john@example.com",
                "name": "John Smith",
                "state": "active",
                "locked": false,
                "avatar_url": "http://localhost:3000/uploads/user/avatar/1/index.jpg",
                "web_url": "https://gitlab.com/john_smith",
                "identities": [{ "provider": "github", "extern_uid": "2435223452345" }],
            }),
            least: json!({ "id": 1, "username": "john_smith", "avatar_url": null }),
            said: [
                Some("1"),
                Some("john@example.com"),
                Some("john_smith"),
                Some("John Smith"),
                // Of a GitLab without TLS: no page over https may show it.
                None,
                Some("https://gitlab.com/john_smith"),
            ],
        },
        Case {
            provider: Provider::Google,
            source: "https://developers.google.com/identity/openid-connect/openid-connect#obtaininguserprofileinformation",
            answer: json!({
                "sub": "110248495921238986420",
                "name": "Jan Jansen",
                "given_name": "Jan",
                "family_name": "Jansen",
                "picture": "https://lh3.googleusercontent.com/a-/photo.jpg",
                "email": "jan@gmail.com",
                "email_verified": true,
                "locale": "en",
            }),
            least: json!({ "sub": "110248495921238986420" }),
            said: [
                Some("110248495921238986420"),
                Some("jan@gmail.com"),
                None,
                Some("Jan Jansen"),
                Some("https://lh3.googleusercontent.com/a-/photo.jpg"),
                None,
            ],
        },
        Case {
            provider: Provider::Linkedin,
            source: "https://learn.microsoft.com/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2#api-request-to-retreive-member-details",
            answer: json!({
                "sub": "782bbtaQ",
                "name": "John Doe",
                "given_name": "John",
                "family_name": "Doe",
                "picture": "https://media.licdn-ei.com/dms/image/C5F03AQHqK8v7tB1HCQ/profile-displayphoto-shrink_100_100/0/",
                "locale": { "country": "US", "language": "en" },
                "email": "doe@email.com",
                "email_verified": true,
            }),
            least: json!({ "sub": "782bbtaQ", "name": "John Doe" }),
            said: [
                Some("782bbtaQ"),
                Some("doe@email.com"),
                None,
                Some("John Doe"),
                Some(
                    "https://media.licdn-ei.com/dms/image/C5F03AQHqK8v7tB1HCQ/profile-displayphoto-shrink_100_100/0/",
                ),
                None,
            ],
        },
        Case {
            provider: Provider::Spotify,
            source: "https://developer.spotify.com/documentation/web-api/reference/get-current-users-profile",
            answer: json!({
                "country": "DE",
                "display_name": "Smedjan",
                "email": "smedjan@example.com",
                "explicit_content": { "filter_enabled": false, "filter_locked": false },
                "external_urls": { "spotify": "https://open.spotify.com/user/smedjan" },
                "followers": { "href": null, "total": 0 },
                "href": "https://api.spotify.com/v1/users/smedjan",
                "id": "smedjan",
                "images": [{
                    "url": "https://i.scdn.co/image/ab67616d00001e02ff9ca10b55ce82ae553c8228",
                    "height": 300,
                    "width": 300,
                }],
                "product": "premium",
                "type": "user",
                "uri": "spotify:user:smedjan",
            }),
            least: json!({ "display_name": null, "id": "smedjan", "images": [] }),
            said: [
                Some("smedjan"),
                Some("smedjan@example.com"),
                None,
                Some("Smedjan"),
                Some("https://i.scdn.co/image/ab67616d00001e02ff9ca10b55ce82ae553c8228"),
                Some("https://open.spotify.com/user/smedjan"),
            ],
        },
        Case {
            provider: Provider::Strava,
            source: "https://developers.strava.com/docs/reference/#api-Athletes-getLoggedInAthlete",
            answer: json!({
                "id": 1_234_567_890_987_654_321_u64,
                "username": "marianne_t",
                "resource_state": 3,
                "firstname": "Marianne",
                "lastname": "Teutenberg",
                "city": "San Francisco",
                "premium": true,
                "profile_medium": "https://xxxxxx.cloudfront.net/pictures/athletes/123/medium.jpg",
                "profile": "https://xxxxx.cloudfront.net/pictures/athletes/123/large.jpg",
                "clubs": [{ "id": 231_407, "name": "The Strava Club" }],
            }),
            // An athlete without a picture has this word for an address.
            least: json!({
                "id": 1_234_567_890_987_654_321_u64, "username": null,
                "profile": "avatar/athlete/large.png",
            }),
            said: [
                Some("1234567890987654321"),
                None,
                Some("marianne_t"),
                Some("Marianne Teutenberg"),
                Some("https://xxxxx.cloudfront.net/pictures/athletes/123/large.jpg"),
                Some("https://www.strava.com/athletes/1234567890987654321"),
            ],
        },
        Case {
            provider: Provider::Workos,
            source: "https://workos.com/docs/reference/sso/profile/get-user-profile",
            answer: json!({
                "object": "profile",
                "id": "prof_01DMC79VCBZ0NY2099737PSVF1",
                "connection_id": "conn_01E4ZCR3C56J083X43JQXF3JK5",
                "connection_type": "OktaSAML",
                "organization_id": "org_01EHWNCE74X7JSDV0X3SZ3KJNY",
                "email": "todd@example.com",
                "first_name": "Todd",
                "last_name": "Rundgren",
                "idp_id": "00u1a0ufowBJlzPlk357",
                "raw_attributes": {},
            }),
            least: json!({ "object": "profile", "id": "prof_01DMC79VCBZ0NY2099737PSVF1" }),
            said: [
                Some("prof_01DMC79VCBZ0NY2099737PSVF1"),
                Some("todd@example.com"),
                None,
                Some("Todd Rundgren"),
                None,
                None,
            ],
        },
    ]
}

fn facts(profile: &Profile) -> [Option<&str>; 6] {
    [
        Some(profile.id.as_str()),
        profile.email.as_deref(),
        profile.login.as_deref(),
        profile.name.as_deref(),
        profile.avatar_url.as_deref(),
        profile.profile_url.as_deref(),
    ]
}

#[tokio::test]
async fn the_account_is_read_from_each_providers_documented_answer() {
    for case in cases() {
        let profile = said(case.provider, &case.answer).await;
        let profile = profile.unwrap_or_else(|why| panic!("{}: {why:?}", case.source));
        assert_eq!(facts(&profile), case.said, "{}", case.source);
    }
}

#[tokio::test]
async fn an_answer_with_little_more_than_the_id_says_that_much() {
    for case in cases() {
        let profile = said(case.provider, &case.least).await.unwrap();
        assert_eq!(profile.id, case.said[0].unwrap(), "{}", case.source);
        assert_eq!((profile.email, profile.avatar_url), (None, None), "{}", case.source);
    }
}

#[tokio::test]
async fn an_answer_without_the_id_names_no_account() {
    for case in cases() {
        let mut answer = case.answer;
        for field in ["sub", "id", "oid", "uuid"] {
            answer.as_object_mut().unwrap().remove(field);
        }
        let asked = ask(case.provider, super::answer(200, answer.to_string())).await;
        assert_eq!(asked.end(), LookUpEnd::Unreadable, "{}", case.source);
    }
}

#[tokio::test]
async fn twitch_is_asked_with_the_client_id_where_there_is_one() {
    // https://dev.twitch.tv/docs/api/reference/#get-users
    let users = json!({ "data": [{
        "id": "141981764",
        "login": "twitchdev",
        "display_name": "TwitchDev",
        "type": "",
        "broadcaster_type": "partner",
        "description": "Supporting third-party developers.",
        "profile_image_url": "https://static-cdn.jtvnw.net/jtv_user_pictures/8a6381c7-profile_image-300x300.png",
        "view_count": 5_980_557,
        "email": "not-real@email.com",
        "created_at": "2016-12-14T20:32:28Z",
    }] });
    let asked = ask_with(Provider::Twitch, Some("client"), answer(200, users.to_string())).await;
    assert_eq!(asked.headers["client-id"], "client");
    assert_eq!(
        facts(&asked.said.unwrap()),
        [
            Some("141981764"),
            Some("not-real@email.com"),
            Some("twitchdev"),
            Some("TwitchDev"),
            Some(
                "https://static-cdn.jtvnw.net/jtv_user_pictures/8a6381c7-profile_image-300x300.png"
            ),
            Some("https://www.twitch.tv/twitchdev"),
        ]
    );
    // https://dev.twitch.tv/docs/authentication/validate-tokens/
    let validated = json!({
        "client_id": "wbmytr93xzw8zbg0p1izqyzzc5mbiz",
        "login": "twitchdev",
        "scopes": ["channel:read:subscriptions"],
        "user_id": "141981764",
        "expires_in": 5_520_838,
    });
    let asked = ask(Provider::Twitch, answer(200, validated.to_string())).await;
    assert!(!asked.headers.contains_key("client-id"));
    assert_eq!(asked.headers["authorization"], "OAuth the-access-token");
    let profile = asked.said.unwrap();
    assert_eq!((profile.id.as_str(), profile.login.as_deref()), ("141981764", Some("twitchdev")));
    // Nobody is found by this address.
    let nobody = json!({ "data": [] });
    let asked = ask_with(Provider::Twitch, Some("client"), answer(200, nobody.to_string())).await;
    assert_eq!(asked.end(), LookUpEnd::Unreadable);
}

#[test]
fn every_provider_is_read_or_never_says() {
    let read: Vec<_> = cases().into_iter().map(|case| case.provider).collect();
    let accounts = Accounts::new(HashMap::new(), Clock::system()).unwrap();
    for provider in Provider::ALL {
        let is_read = read.contains(provider) || *provider == Provider::Twitch;
        assert_eq!(is_read, accounts.can_ask(*provider), "{provider}");
    }
}

#[test]
fn a_token_of_microsofts_v1_endpoint_is_not_sent_to_graph() {
    let accounts = Accounts::new(HashMap::new(), Clock::system()).unwrap();
    let url = |provider| accounts.url(provider, &user_info(provider).unwrap());
    let v1 = "https://login.microsoftonline.com/common/openid/userinfo";
    assert_eq!(url(Provider::Azuread), v1);
    assert_eq!(url(Provider::Entraid), "https://graph.microsoft.com/oidc/userinfo");
}

#[tokio::test]
async fn a_provider_that_never_says_is_not_called() {
    let accounts = Accounts::new(HashMap::new(), Clock::system()).unwrap();
    for provider in [Provider::Apple, Provider::Twitter, Provider::Windowslive] {
        let said = accounts.profile(provider, &"the-access-token".into()).await;
        assert_eq!(said.unwrap_err(), NoProfile::NotSaid);
    }
    // Unless the operator has an address: the claims of OpenID Connect are read there.
    let claims = json!({
        "sub": "1", "preferred_username": "ada", "name": "Ada", "picture": "https://a.example/1",
        "profile": "https://a.example/ada",
    });
    let profile = said(Provider::Apple, &claims).await.unwrap();
    assert_eq!(
        facts(&profile)[2..],
        [Some("ada"), Some("Ada"), Some("https://a.example/1"), Some("https://a.example/ada")]
    );
}

#[tokio::test]
async fn each_is_asked_as_its_documentation_says() {
    let asked = ask(Provider::Github, answer(200, "{\"id\":1}")).await;
    assert_eq!(asked.headers["authorization"], "Bearer the-access-token");
    assert_eq!(asked.headers["x-github-api-version"], "2022-11-28");
    assert_eq!(asked.headers["accept"], "application/json");
    let agent = asked.headers["user-agent"].to_str().unwrap();
    assert!(agent.starts_with("provider-connections/"), "{agent}");
}
