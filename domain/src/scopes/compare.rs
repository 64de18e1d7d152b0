//! Which scope includes which. Names can't be compared letter by letter, because providers spell
//! one scope in several ways and return only the wider of two.

use std::{borrow::Cow, collections::BTreeSet};

use super::Scopes;
use crate::Provider;

/// Those of `wanted` that `granted` doesn't include, spelled as given.
pub fn missing(provider: Provider, granted: &Scopes, wanted: &Scopes) -> Vec<String> {
    let granted: BTreeSet<_> = granted.iter().map(|scope| canonical(provider, scope)).collect();
    let lacks = |scope: &&str| !covers(provider, &granted, &canonical(provider, scope));
    wanted.iter().filter(lacks).map(str::to_owned).collect()
}

fn covers(provider: Provider, granted: &BTreeSet<Cow<'_, str>>, wanted: &str) -> bool {
    let is_unknown = is_microsoft(provider) && granted.contains(DEFAULT);
    granted.contains(wanted)
        || is_always_granted(provider, wanted)
        || (is_unknown && !is_never_listed(provider, wanted))
        || wider(provider, wanted).iter().any(|wide| covers(provider, granted, wide))
}

/// Whether the provider grants the scope but never lists it: a refresh token proves it (Microsoft,
/// "Scopes and permissions", "The `offline_access` scope").
pub(super) fn is_never_listed(provider: Provider, scope: &str) -> bool {
    let name = match provider {
        Provider::Azuread | Provider::Entraid => "offline_access",
        Provider::Windowslive => "wl.offline_access",
        _ => return false,
    };
    canonical(provider, scope) == name
}

/// "All that was agreed to in advance", which is unknown here (Microsoft, "Scopes and
/// permissions").
const DEFAULT: &str = ".default";
const GRAPH: &str = "https://graph.microsoft.com/";
const GOOGLE: &str = "https://www.googleapis.com/auth/";
/// All of Gmail, and the only scope for it with another prefix.
const GMAIL: &str = "https://mail.google.com/";

fn is_microsoft(provider: Provider) -> bool {
    matches!(provider, Provider::Azuread | Provider::Entraid)
}

/// The canonical name of a scope that has several.
fn canonical(provider: Provider, scope: &str) -> Cow<'_, str> {
    match provider {
        // Google returns the long names of these two (Google, "OpenID Connect").
        Provider::Google if matches!(scope, "email" | "profile") => {
            format!("{GOOGLE}userinfo.{scope}").into()
        }
        // Microsoft returns Graph's scopes with or without its URL, in its own spelling.
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

/// Scopes that every grant has, whether the provider lists them or not.
fn is_always_granted(provider: Provider, scope: &str) -> bool {
    // Facebook, "Permissions reference": every app has it.
    provider == Provider::Facebook && scope == "public_profile"
}

/// The scopes that include this one directly.
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

/// Google's discovery documents of Gmail, Calendar, Drive, Docs, Sheets and Slides, where each
/// method lists the scopes that allow it: here every method that accepts the narrow scope accepts
/// the wide one, and Google's description of the wide one includes the narrow one. Scopes for other
/// data are left out: `drive` does not allow `drive.appdata`, nor `calendar.readonly`
/// `calendar.acls.readonly`. Names that don't begin with `https` begin with [`GOOGLE`].
const GOOGLE_CONTAINS: &[(&str, &[&str])] = &[
    (GMAIL, &["gmail.modify"]),
    ("gmail.modify", &["gmail.compose", "gmail.insert", "gmail.labels", "gmail.readonly"]),
    ("gmail.compose", &["gmail.send"]),
    ("gmail.readonly", &["gmail.metadata"]),
    (
        "calendar",
        &[
            "calendar.acls",
            "calendar.app.created",
            "calendar.calendarlist",
            "calendar.calendars",
            "calendar.events",
            "calendar.events.owned",
            "calendar.readonly",
            "calendar.settings",
        ],
    ),
    (
        "calendar.readonly",
        &[
            "calendar.calendarlist.readonly",
            "calendar.calendars.readonly",
            "calendar.events.freebusy",
            "calendar.events.owned.readonly",
            "calendar.events.public.readonly",
            "calendar.events.readonly",
            "calendar.freebusy",
            "calendar.settings.readonly",
        ],
    ),
    ("calendar.events.freebusy", &["calendar.freebusy"]),
    (
        "drive",
        &[
            "documents",
            "drive.file",
            "drive.metadata",
            "drive.readonly",
            "presentations",
            "spreadsheets",
        ],
    ),
    (
        "drive.readonly",
        &[
            "documents.readonly",
            "drive.meet.readonly",
            "drive.metadata.readonly",
            "presentations.readonly",
            "spreadsheets.readonly",
        ],
    ),
];

/// Google adds `openid` to either of the two other sign-in scopes. A scope without the ending
/// `.readonly` includes the one with it.
fn wider_of_google(narrow: &str) -> Vec<Cow<'static, str>> {
    if narrow == "openid" {
        return vec![
            format!("{GOOGLE}userinfo.email").into(),
            format!("{GOOGLE}userinfo.profile").into(),
        ];
    }
    let mut wide = Vec::new();
    if let Some(writes) = narrow.strip_suffix(".readonly") {
        wide.push(writes.to_owned().into());
    }
    if let Some(narrow) = narrow.strip_prefix(GOOGLE) {
        let tabled = GOOGLE_CONTAINS.iter().filter(|(_, contained)| contained.contains(&narrow));
        wide.extend(tabled.map(|(wide, _)| match *wide {
            GMAIL => Cow::Borrowed(GMAIL),
            short => Cow::Owned(format!("{GOOGLE}{short}")),
        }));
    }
    wide
}

/// Microsoft Graph, "Overview of permissions": `Mail.ReadWrite` includes `Mail.Read`, and
/// `Files.Read.All` includes `Files.Read`. Here in lower case.
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
            (Entraid, "Mail.Read", "https://graph.microsoft.com/mail.read"),
            (Azuread, "Mail.ReadWrite", "Mail.Read"),
            (Entraid, "Files.ReadWrite.All", "Files.Read Files.ReadWrite Files.Read.All"),
            (Entraid, "https://graph.microsoft.com/.default", "Calendars.Read"),
            (Entraid, "openid offline_access", "Offline_Access"),
            (Windowslive, "wl.basic", "WL.Basic"),
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
            (Entraid, "Mail.Read", "offline_access"),
            (Entraid, "https://graph.microsoft.com/.default", "offline_access"),
            (Windowslive, "wl.basic", "wl.offline_access"),
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
    fn googles_scopes_contain_what_its_apis_take_them_for() {
        let long = |short: &str| {
            if short == "mail" { GMAIL.to_owned() } else { format!("{GOOGLE}{short}") }
        };
        for (granted, wanted) in [
            ("mail", "gmail.readonly"),
            ("mail", "gmail.modify"),
            ("mail", "gmail.send"),
            ("gmail.modify", "gmail.readonly"),
            ("gmail.modify", "gmail.metadata"),
            ("gmail.modify", "gmail.send"),
            ("gmail.compose", "gmail.send"),
            ("calendar", "calendar.events"),
            ("calendar", "calendar.events.readonly"),
            ("calendar", "calendar.acls.readonly"),
            ("calendar.events", "calendar.events.readonly"),
            ("calendar.readonly", "calendar.events.readonly"),
            ("calendar.readonly", "calendar.freebusy"),
            ("drive", "drive.file"),
            ("drive", "drive.metadata.readonly"),
            ("drive", "spreadsheets.readonly"),
            ("drive.readonly", "drive.metadata.readonly"),
            ("drive.metadata", "drive.metadata.readonly"),
            ("contacts", "contacts.readonly"),
        ] {
            let (granted, wanted) = (long(granted), long(wanted));
            assert_eq!(lacks(Google, &granted, &wanted), "", "{granted} / {wanted}");
            assert_eq!(lacks(Google, &wanted, &granted), granted, "{wanted} / {granted}");
        }
        for (granted, wanted) in [
            ("gmail.modify", "gmail.settings.basic"),
            ("gmail.readonly", "gmail.send"),
            ("gmail.compose", "gmail.readonly"),
            ("calendar.events", "calendar.readonly"),
            ("calendar.readonly", "calendar.acls.readonly"),
            ("calendar.readonly", "calendar.events"),
            ("drive", "drive.appdata"),
            ("drive.file", "drive.readonly"),
            ("drive.readonly", "drive.file"),
            ("contacts", "contacts.other.readonly"),
        ] {
            let (granted, wanted) = (long(granted), long(wanted));
            assert_eq!(lacks(Google, &granted, &wanted), wanted, "{granted}");
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
        let narrower = tables.into_iter().flatten().flat_map(|(_, narrow)| *narrow);
        let narrower = narrower.map(|name| (*name).to_owned());
        let googles = GOOGLE_CONTAINS.iter().flat_map(|(_, narrow)| *narrow);
        let googles = googles.map(|name| format!("{GOOGLE}{name}"));
        let ruled = ["x.read", "x.read.all", "openid", "x.readonly.readonly", "a:read:b:read:c"];
        let all: Vec<_> = narrower.chain(googles).chain(ruled.map(str::to_owned)).collect();
        for provider in Provider::ALL {
            for wanted in &all {
                assert_eq!(lacks(*provider, "nothing-of-that", wanted), *wanted, "{provider}");
            }
        }
    }
}
