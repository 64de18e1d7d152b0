use domain::{Provider, Scopes};
use serde_json::Value;

use crate::upstream::{answer::Answer, reader::Fields};

/// The scopes in a response: in one string, or in an array, as Twitch writes them. `None`: it names
/// none, or its end is missing, and with it perhaps some scopes.
pub(in crate::upstream) fn named(fields: &Fields) -> Option<Scopes> {
    if !fields.whole {
        return None;
    }
    ["scope", "scopes"].into_iter().find_map(|name| match fields.get(name)? {
        Value::Array(names) => listed(names),
        _ => Scopes::parse(fields.token(name)?),
    })
}

/// Those in an array of strings, each of which may itself be a list.
fn listed(names: &[Value]) -> Option<Scopes> {
    let names: Option<Vec<_>> = names.iter().map(Value::as_str).collect();
    Scopes::parse(&names?.join(" "))
}

/// The scopes in a provider's response about a token.
pub(super) fn said(provider: Provider, fields: &Fields) -> Option<Scopes> {
    match provider {
        Provider::Facebook => granted_permissions(fields),
        _ => named(fields),
    }
}

/// The scopes in a response about the account.
pub(in crate::upstream) fn said_beside(provider: Provider, answer: &Answer) -> Option<Scopes> {
    match provider {
        Provider::Github | Provider::Bitbucket => in_header(&answer.oauth_scopes),
        // Without a client id, the account is looked up at the endpoint of the scopes.
        Provider::Twitch => named(&answer.fields),
        _ => None,
    }
}

/// `X-OAuth-Scopes`. Without this header the token belongs to a GitHub App, which has permissions
/// instead of scopes: GitHub's own command-line program interprets it the same way.
fn in_header(value: &str) -> Option<Scopes> {
    Scopes::parse(value)
}

/// `data` lists every permission that was ever requested, with its status.
fn granted_permissions(fields: &Fields) -> Option<Scopes> {
    let all = fields.get("data").filter(|_| fields.whole)?.as_array()?;
    let granted = all.iter().filter(|one| one["status"] == "granted");
    let names: Option<Vec<_>> = granted.map(|one| one["permission"].as_str()).collect();
    Scopes::of(names?)
}

#[cfg(test)]
mod tests {
    use Provider::{
        Apple, Azuread, Bitbucket, Discord, Entraid, Facebook, Github, Gitlab, Google, Linkedin,
        Spotify, Strava, Twitch, Windowslive, Workos,
    };

    use super::*;

    fn fields(body: &str) -> Fields {
        Fields::read(body.as_bytes(), false)
    }

    /// A token response in the shape that the provider documents, and its scopes.
    const TOKEN_ANSWERS: &[(Provider, &str, &str)] = &[
        // https://developer.apple.com/documentation/signinwithapplerestapi/tokenresponse
        (
            Apple,
            r#"{"access_token":"adg61.######670r9","token_type":"Bearer","expires_in":3600,"refresh_token":"rca7.###lABoQ","id_token":"eyJra.#####96sZg"}"#,
            "",
        ),
        // https://learn.microsoft.com/previous-versions/azure/active-directory/azuread-dev/v1-protocols-oauth-code
        (
            Azuread,
            r#"{"token_type":"Bearer","expires_in":"3600","expires_on":"1388444763","resource":"https://service.contoso.com/","access_token":"eyJ0","refresh_token":"AwABAAAAvPM1KaPlrEqdFSBzjqfTGAMxZGU","scope":"https://graph.microsoft.com/mail.read"}"#,
            "https://graph.microsoft.com/mail.read",
        ),
        // https://developer.atlassian.com/cloud/bitbucket/oauth-2/
        (
            Bitbucket,
            r#"{"access_token":"t","scopes":"account repository","expires_in":7200,"refresh_token":"r","token_type":"bearer"}"#,
            "account repository",
        ),
        // https://discord.com/developers/docs/topics/oauth2#authorization-code-grant-access-token-response
        (
            Discord,
            r#"{"access_token":"6qrZcUqja7812RVdnEKjpzOL4CvHBFG","token_type":"Bearer","expires_in":604800,"refresh_token":"D43f5y0ahjqew82jZ4NViEr2YafMKhue","scope":"identify"}"#,
            "identify",
        ),
        // https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#successful-response-2
        (
            Entraid,
            r#"{"access_token":"eyJ0","token_type":"Bearer","expires_in":3599,"scope":"https%3A%2F%2Fgraph.microsoft.com%2Fmail.read","refresh_token":"AwABAAAAvPM1KaPlrEqdFSBzjqfTGAMxZGU"}"#,
            "https%3A%2F%2Fgraph.microsoft.com%2Fmail.read",
        ),
        // https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow
        (Facebook, r#"{"access_token":"t","token_type":"bearer","expires_in":5183944}"#, ""),
        // https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
        (
            Github,
            "access_token=gho_16C7e42F292c6912E7710c838347Ae178B4a&scope=repo%2Cgist&token_type=bearer",
            "gist repo",
        ),
        (
            Github,
            r#"{"access_token":"gho_16C7e42F292c6912E7710c838347Ae178B4a","scope":"repo,gist","token_type":"bearer"}"#,
            "gist repo",
        ),
        // https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens
        (
            Github,
            r#"{"access_token":"ghu_16C7e42F292c6912E7710c838347Ae178B4a","expires_in":28800,"refresh_token":"ghr_1B4a2e77838347a7E420ce178F2E7c6912E169246c34E1ccbF66C46812d16D5B1A9Dc86A1498","refresh_token_expires_in":15897600,"scope":"","token_type":"bearer"}"#,
            "",
        ),
        // https://docs.gitlab.com/api/oauth2/
        (
            Gitlab,
            r#"{"access_token":"c97d1fe52119f38c7f67f0a14db68d60caa35ddc86fd12401718b649dcfa9c68","token_type":"bearer","expires_in":7200,"refresh_token":"803c1fd487fec35562c205dac93e9d8e08f9d3652a24079d704df3039df1158f","scope":"api read_user","created_at":1628711391}"#,
            "api read_user",
        ),
        // https://developers.google.com/identity/protocols/oauth2/web-server#offline
        (
            Google,
            r#"{"access_token":"1/fFAGRNJru1FTz70BzhT3Zg","expires_in":3920,"scope":"https://www.googleapis.com/auth/drive.metadata.readonly https://www.googleapis.com/auth/calendar.readonly","token_type":"Bearer"}"#,
            "https://www.googleapis.com/auth/calendar.readonly https://www.googleapis.com/auth/drive.metadata.readonly",
        ),
        // https://learn.microsoft.com/linkedin/shared/authentication/authorization-code-flow
        (
            Linkedin,
            r#"{"access_token":"AQUvlL","expires_in":5184000,"refresh_token":"AQWAft","refresh_token_expires_in":525600,"scope":"email,openid,profile"}"#,
            "email openid profile",
        ),
        // https://developer.spotify.com/documentation/web-api/tutorials/refreshing-tokens
        (
            Spotify,
            r#"{"access_token":"BQBLuPRYBQ","token_type":"Bearer","expires_in":3600,"refresh_token":"AQDBO8","scope":"user-read-email user-read-private"}"#,
            "user-read-email user-read-private",
        ),
        // https://developers.strava.com/docs/authentication/
        (
            Strava,
            r#"{"token_type":"Bearer","access_token":"a9b723","expires_at":1568775134,"expires_in":20566,"refresh_token":"b5c569"}"#,
            "",
        ),
        // https://dev.twitch.tv/docs/authentication/refresh-tokens/
        (
            Twitch,
            r#"{"access_token":"1ssjqsqfy6bads1ws7m03gras79zfr","refresh_token":"eyJfMzUtNDU0OC4MWYwLTQ5MDY5ODY4NGNlMSJ9%asdfasdf=","scope":["channel:read:subscriptions","channel:manage:polls"],"token_type":"bearer"}"#,
            "channel:manage:polls channel:read:subscriptions",
        ),
        // https://learn.microsoft.com/onedrive/developer/rest-api/getting-started/msa-oauth
        (
            Windowslive,
            r#"{"token_type":"bearer","expires_in":3600,"scope":"wl.basic wl.emails","access_token":"EwCo","refresh_token":"eyJh"}"#,
            "wl.basic wl.emails",
        ),
        // https://workos.com/docs/reference/sso/profile/get-profile-and-token
        (
            Workos,
            r#"{"access_token":"01DMEK0J53CVMC32CK5SE0KZ8Q","profile":{"object":"profile"}}"#,
            "",
        ),
    ];

    #[test]
    fn a_token_answer_names_its_scopes_in_each_providers_documented_shape() {
        for (provider, body, scopes) in TOKEN_ANSWERS {
            let read = named(&fields(body)).map(|scopes| scopes.to_text()).unwrap_or_default();
            assert_eq!(read, *scopes, "{provider}");
        }
        let all: Vec<_> = TOKEN_ANSWERS.iter().map(|(provider, ..)| *provider).collect();
        for provider in Provider::ALL {
            // OAuth 1 has neither scopes nor such a response.
            assert_eq!(all.contains(provider), *provider != Provider::Twitter, "{provider}");
        }
    }

    /// The provider's response about a token, in the shape that it documents (see `facts.rs`).
    const SAID: &[(Provider, &str, &str)] = &[
        (
            Google,
            r#"{"azp":"32555350559.apps.googleusercontent.com","aud":"32555350559.apps.googleusercontent.com","sub":"110248495921238986420","scope":"openid https://www.googleapis.com/auth/userinfo.email","exp":"1650056632","expires_in":"3488","email":"ada@example.com","email_verified":"true","access_type":"offline"}"#,
            "https://www.googleapis.com/auth/userinfo.email openid",
        ),
        (
            Discord,
            r#"{"application":{"id":"159799960412356608","name":"AIRHORN SOLUTIONS","hook":true},"scopes":["guilds.join","identify"],"expires":"2021-01-23T02:33:17.017000+00:00","user":{"id":"268473310986240001","username":"discord"}}"#,
            "guilds.join identify",
        ),
        (
            Facebook,
            r#"{"data":[{"permission":"public_profile","status":"granted"},{"permission":"email","status":"granted"},{"permission":"user_friends","status":"declined"}]}"#,
            "email public_profile",
        ),
        (
            Twitch,
            r#"{"client_id":"wbmytr93xzw8zbg0p1izqyzzc5mbiz","login":"twitchdev","scopes":["channel:read:subscriptions"],"user_id":"141981764","expires_in":5520838}"#,
            "channel:read:subscriptions",
        ),
        (
            Gitlab,
            r#"{"resource_owner_id":1,"scope":["api","read_user"],"expires_in":7200,"application":{"uid":"1cb242f4"},"created_at":1575890427}"#,
            "api read_user",
        ),
    ];

    #[test]
    fn the_answer_about_a_token_is_read_in_each_providers_documented_shape() {
        for (provider, body, scopes) in SAID {
            let read = said(*provider, &fields(body));
            assert_eq!(read.map(|it| it.to_text()).unwrap_or_default(), *scopes, "{provider}");
        }
    }

    #[test]
    fn an_answer_that_names_none_says_nothing() {
        for body in [
            "",
            "<html><body>scope=repo</body></html>",
            "[]",
            "{}",
            r#"{"scope":null}"#,
            r#"{"scope":""}"#,
            r#"{"scope":"undefined"}"#,
            r#"{"scope":[]}"#,
            r#"{"scope":[1,"repo"]}"#,
            r#"{"scope":7}"#,
            r#"{"scope":{"repo":true}}"#,
            r#"{"scopes":["re po\"x"]}"#,
            r#"{"data":[]}"#,
            r#"{"data":[{"permission":"email","status":"declined"}]}"#,
            r#"{"data":[{"status":"granted"}]}"#,
            r#"{"data":"email"}"#,
            r#"{"error":"invalid_token","error_description":"Invalid Value"}"#,
        ] {
            for provider in [Google, Facebook, Twitch, Gitlab, Discord, Github] {
                assert_eq!(said(provider, &fields(body)), None, "{provider}: {body}");
            }
        }
    }

    #[test]
    fn an_answer_without_its_end_is_not_read_by_half() {
        let whole = r#"{"access_token":"t","scope":"calendar email"}"#;
        assert!(named(&fields(whole)).is_some());
        for end in whole.len() - 9..whole.len() {
            assert_eq!(named(&Fields::read(&whole.as_bytes()[..end], true)), None, "{end}");
        }
    }

    #[test]
    fn the_header_of_github_and_bitbucket_is_a_list_and_none_where_it_is_empty() {
        let read = |value| in_header(value).map(|scopes| scopes.to_text());
        assert_eq!(read("repo, user").as_deref(), Some("repo user"));
        assert_eq!(
            read("account, email, repository:write").as_deref(),
            Some("account email repository:write")
        );
        assert_eq!(read(""), None);
        assert_eq!(read(" "), None);
    }

    #[test]
    fn an_array_may_hold_lists() {
        let both = named(&fields(r#"{"scope":["repo gist","user"]}"#)).unwrap();
        assert_eq!(both.to_text(), "gist repo user");
    }
}
