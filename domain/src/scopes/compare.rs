//! Which scope contains which. Providers write one scope in several ways, and answer the wider of two
//! alone, so that names can't be compared letter by letter.

use std::{borrow::Cow, collections::BTreeSet};

use super::Scopes;
use crate::Provider;

/// Those of `wanted` that `granted` doesn't contain, as they were written.
pub fn missing(provider: Provider, granted: &Scopes, wanted: &Scopes) -> Vec<String> {
    let granted: BTreeSet<_> = granted.iter().map(|scope| canonical(provider, scope)).collect();
    let lacks = |scope: &&str| !covers(provider, &granted, &canonical(provider, scope));
    wanted.iter().filter(lacks).map(str::to_owned).collect()
}

fn covers(provider: Provider, granted: &BTreeSet<Cow<'_, str>>, wanted: &str) -> bool {
    granted.contains(wanted)
        || is_always_granted(provider, wanted)
        || (is_microsoft(provider) && granted.contains(DEFAULT))
        || wider(provider, wanted).iter().any(|wide| covers(provider, granted, wide))
}

/// "All that was agreed to in advance", which nobody here knows (Microsoft, "Scopes and permissions").
const DEFAULT: &str = ".default";
const GRAPH: &str = "https://graph.microsoft.com/";
const GOOGLE: &str = "https://www.googleapis.com/auth/";

fn is_microsoft(provider: Provider) -> bool {
    matches!(provider, Provider::Azuread | Provider::Entraid)
}

/// The one name of a scope that has several.
fn canonical(provider: Provider, scope: &str) -> Cow<'_, str> {
    match provider {
        // Google answers the long names of these two (Google, "OpenID Connect").
        Provider::Google if matches!(scope, "email" | "profile") => {
            format!("{GOOGLE}userinfo.{scope}").into()
        }
        // Microsoft answers scopes of Graph with or without its address, in its own spelling.
        Provider::Azuread | Provider::Entraid => {
            let scope = scope.to_ascii_lowercase();
            match scope.strip_prefix(GRAPH) {
                Some(short) => short.to_owned().into(),
                None => scope.into(),
            }
        }
        Provider::Windowslive => scope.to_ascii_lowercase().into(),
        _ => scope.into(),
    }
}

/// What every grant has, whether the provider lists it or not.
fn is_always_granted(provider: Provider, scope: &str) -> bool {
    match provider {
        // Microsoft never lists it: the refresh token shows it.
        Provider::Azuread | Provider::Entraid => scope == "offline_access",
        Provider::Windowslive => scope == "wl.offline_access",
        // Facebook, "Permissions reference": every app has it.
        Provider::Facebook => scope == "public_profile",
        _ => false,
    }
}

/// The scopes that contain this one directly.
fn wider(provider: Provider, narrow: &str) -> Vec<Cow<'static, str>> {
    let tabled = |table: &'static [(&str, &[&str])]| {
        let wide = table.iter().filter(|(_, contained)| contained.contains(&narrow));
        wide.map(|(wide, _)| Cow::Borrowed(*wide)).collect()
    };
    match provider {
        Provider::Github => tabled(GITHUB_CONTAINS),
        Provider::Gitlab => tabled(GITLAB_CONTAINS),
        Provider::Bitbucket => tabled(BITBUCKET_CONTAINS),
        Provider::Strava => tabled(STRAVA_CONTAINS),
        Provider::Google => wider_of_google(narrow),
        Provider::Azuread | Provider::Entraid => wider_of_microsoft(narrow),
        // Twitch, "Twitch Access Token Scopes": whatever `read` opens, `manage` opens as well.
        Provider::Twitch => match narrow.split_once(":read:") {
            Some((whose, what)) => vec![format!("{whose}:manage:{what}").into()],
            None => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// GitHub, "Scopes for OAuth apps". GitHub drops what a wider scope contains ("Normalized scopes"). That
/// `repo` opens hooks is in the text of `admin:repo_hook`; `write:packages` is shown above
/// `read:packages` where a token is made.
const GITHUB_CONTAINS: &[(&str, &[&str])] = &[
    (
        "repo",
        &[
            "repo:status",
            "repo_deployment",
            "public_repo",
            "repo:invite",
            "security_events",
            "admin:repo_hook",
        ],
    ),
    ("admin:repo_hook", &["write:repo_hook"]),
    ("write:repo_hook", &["read:repo_hook"]),
    ("admin:org", &["write:org"]),
    ("write:org", &["read:org"]),
    ("admin:public_key", &["write:public_key"]),
    ("write:public_key", &["read:public_key"]),
    ("admin:gpg_key", &["write:gpg_key"]),
    ("write:gpg_key", &["read:gpg_key"]),
    ("user", &["read:user", "user:email", "user:follow"]),
    ("project", &["read:project"]),
    ("write:packages", &["read:packages"]),
    (
        "admin:enterprise",
        &["manage_runners:enterprise", "manage_billing:enterprise", "read:enterprise"],
    ),
];

/// GitLab, "OAuth 2 applications", on authorized scopes.
const GITLAB_CONTAINS: &[(&str, &[&str])] = &[("api", &["read_api"]), ("read_api", &["read_user"])];

/// Atlassian, "Bitbucket OAuth 2.0", on scopes and what they imply.
const BITBUCKET_CONTAINS: &[(&str, &[&str])] = &[
    ("account", &["email"]),
    ("account:write", &["account"]),
    ("repository:write", &["repository"]),
    ("pullrequest", &["repository"]),
    ("pullrequest:write", &["pullrequest", "repository:write"]),
    ("project", &["repository"]),
    ("issue:write", &["issue"]),
    ("snippet:write", &["snippet"]),
    ("team:write", &["team"]),
    ("pipeline:write", &["pipeline"]),
    ("pipeline:variable", &["pipeline:write"]),
    ("runner:write", &["runner"]),
];

/// Strava, "Authentication", on scopes.
const STRAVA_CONTAINS: &[(&str, &[&str])] =
    &[("read_all", &["read"]), ("activity:read_all", &["activity:read"])];

/// Google adds `openid` to either of the two others of a sign-in. What a scope that ends in `.readonly`
/// opens, the one without that ending opens as well.
fn wider_of_google(narrow: &str) -> Vec<Cow<'static, str>> {
    if narrow == "openid" {
        return vec![
            format!("{GOOGLE}userinfo.email").into(),
            format!("{GOOGLE}userinfo.profile").into(),
        ];
    }
    narrow.strip_suffix(".readonly").map(|wide| wide.to_owned().into()).into_iter().collect()
}

/// Microsoft Graph, "Overview of permissions": `Mail.ReadWrite` contains `Mail.Read`, and
/// `Files.Read.All` contains `Files.Read`. Here in lower case.
fn wider_of_microsoft(narrow: &str) -> Vec<Cow<'static, str>> {
    let mut wide = Vec::new();
    if let Some((what, rest)) =
        narrow.split_once(".read").filter(|(_, rest)| rest.is_empty() || rest.starts_with('.'))
    {
        wide.push(format!("{what}.readwrite{rest}").into());
    }
    if narrow.rsplit_once('.').is_some_and(|(_, does)| matches!(does, "read" | "readwrite")) {
        wide.push(format!("{narrow}.all").into());
    }
    wide
}

#[cfg(test)]
mod tests {
    use Provider::{
        Azuread, Bitbucket, Discord, Entraid, Facebook, Github, Gitlab, Google, Spotify, Strava,
        Twitch, Windowslive,
    };

    use super::*;

    fn lacks(provider: Provider, granted: &str, wanted: &str) -> String {
        let of = |list| Scopes::parse(list).unwrap();
        missing(provider, &of(granted), &of(wanted)).join(" ")
    }

    #[test]
    fn a_scope_covers_its_other_names_and_the_narrower_ones() {
        for (provider, granted, wanted) in [
            (Google, "https://www.googleapis.com/auth/userinfo.email", "email openid"),
            (Google, "email", "https://www.googleapis.com/auth/userinfo.email"),
            (Google, "https://www.googleapis.com/auth/userinfo.profile", "profile openid"),
            (
                Google,
                "https://www.googleapis.com/auth/calendar",
                "https://www.googleapis.com/auth/calendar.readonly",
            ),
            (Github, "repo", "public_repo repo:status read:repo_hook security_events"),
            (Github, "user", "user:email read:user user:follow"),
            (Github, "admin:org", "read:org"),
            (Github, "write:packages", "read:packages"),
            (Gitlab, "api", "read_user read_api"),
            (Bitbucket, "pullrequest:write", "repository pullrequest repository:write"),
            (Strava, "activity:read_all", "activity:read"),
            (Twitch, "channel:manage:polls", "channel:read:polls"),
            (Entraid, "https://graph.microsoft.com/Mail.Read", "mail.read"),
            (Entraid, "Mail.Read", "https://graph.microsoft.com/mail.read offline_access"),
            (Azuread, "Mail.ReadWrite", "Mail.Read"),
            (Entraid, "Files.ReadWrite.All", "Files.Read Files.ReadWrite Files.Read.All"),
            (Entraid, "https://graph.microsoft.com/.default", "Calendars.Read"),
            (Windowslive, "wl.basic", "WL.Basic wl.offline_access"),
            (Facebook, "email", "public_profile"),
            (Discord, "identify email", "email"),
        ] {
            assert_eq!(lacks(provider, granted, wanted), "", "{provider}: {granted} / {wanted}");
        }
    }

    #[test]
    fn a_scope_covers_neither_wider_ones_nor_those_beside_it_nor_another_providers() {
        for (provider, granted, wanted) in [
            (Google, "openid", "email"),
            (Google, "email", "profile"),
            (
                Google,
                "https://www.googleapis.com/auth/calendar.readonly",
                "https://www.googleapis.com/auth/calendar",
            ),
            (Github, "public_repo", "repo"),
            (Github, "read:user", "user"),
            (Github, "REPO", "repo"),
            (Gitlab, "read_user", "read_api"),
            (Bitbucket, "repository:admin", "repository"),
            (Twitch, "channel:read:polls", "channel:manage:polls"),
            (Entraid, "Mail.Read", "Mail.ReadWrite"),
            (Entraid, "User.Read", "User.ReadBasic.All"),
            (Entraid, "https://vault.azure.net/Mail.Read", "Mail.Read"),
            (Spotify, "user-library-modify", "user-library-read"),
            (Discord, "repo", "public_repo"),
        ] {
            assert_eq!(lacks(provider, granted, wanted), wanted, "{provider}: {granted}");
        }
    }

    #[test]
    fn what_is_missing_is_named_as_it_was_asked_for() {
        let granted = "https://graph.microsoft.com/User.Read";
        assert_eq!(lacks(Entraid, granted, "Mail.Read user.read"), "Mail.Read");
    }

    #[test]
    fn every_name_is_compared_in_finite_time() {
        let tables = [GITHUB_CONTAINS, GITLAB_CONTAINS, BITBUCKET_CONTAINS, STRAVA_CONTAINS];
        let narrower = tables.into_iter().flatten().flat_map(|(_, narrow)| *narrow).copied();
        let ruled = ["x.read", "x.read.all", "openid", "x.readonly.readonly", "a:read:b:read:c"];
        for provider in Provider::ALL {
            for wanted in narrower.clone().chain(ruled) {
                assert_eq!(lacks(*provider, "nothing-of-that", wanted), wanted, "{provider}");
            }
        }
    }
}
