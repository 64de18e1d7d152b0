use std::{borrow::Cow, fmt::Write};

use strum::{EnumString, IntoStaticStr};

use super::{Scopes, compare::is_never_listed, missing};
use crate::Provider;

/// Where known scopes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum ScopesSource {
    /// The response with the tokens listed them.
    Answer,
    /// The provider was asked.
    Provider,
    /// Nobody has listed what was granted: the sign-in requested these.
    Requested,
}

/// The granted scopes according to a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaidScopes {
    pub scopes: Scopes,
    /// [`ScopesSource::Answer`] or [`ScopesSource::Provider`].
    pub source: ScopesSource,
}

/// What is known about a connection's scopes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownScopes {
    /// The last listed scopes. They may belong to an earlier sign-in while `requested` is set.
    pub said: Option<SaidScopes>,
    /// The scopes that the last sign-in requested, until the granted ones are known.
    pub requested: Option<Scopes>,
}

/// What a sign-in, a refresh or a look-up at the provider says about the scopes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BroughtScopes {
    /// A refresh that doesn't list them: the granted ones stay (RFC 6749 §6).
    #[default]
    Nothing,
    /// A sign-in whose response doesn't list them, and the scopes that it requested. `None`:
    /// unknown.
    Requested(Option<Scopes>),
    /// An imported grant, whose response doesn't list them and whose requested scopes are unknown.
    /// The known ones belong to the grant before.
    Unknown,
    Said(SaidScopes),
}

/// The scopes that a connection gained and lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopesChange {
    pub added: Vec<String>,
    pub gone: Vec<String>,
}

impl KnownScopes {
    /// The scopes, as well as they are known. `None`: nobody has listed them, and the requested
    /// ones are unknown.
    pub fn scopes(&self) -> Option<(Cow<'_, Scopes>, ScopesSource)> {
        match (&self.said, &self.requested) {
            (None, None) => None,
            (Some(said), None) => Some((Cow::Borrowed(&said.scopes), said.source)),
            (None, Some(asked)) => Some((Cow::Borrowed(asked), ScopesSource::Requested)),
            // Providers usually keep what was granted before, and users should not be told that
            // something is missing which they have just agreed to.
            (Some(said), Some(asked)) => {
                Some((Cow::Owned(said.scopes.union(asked)), ScopesSource::Requested))
            }
        }
    }

    /// Those of `wanted` that are not granted. `None`: the scopes are unknown. `refreshable`: there
    /// is a refresh token, the only sign of a scope that its provider never lists.
    pub fn missing(
        &self,
        provider: Provider,
        wanted: &Scopes,
        refreshable: bool,
    ) -> Option<Vec<String>> {
        let (granted, _) = self.scopes()?;
        let unlisted = missing(provider, &granted, wanted);
        let lacks = |scope: &&str| {
            if is_never_listed(provider, scope) {
                !refreshable
            } else {
                unlisted.iter().any(|name| name == scope)
            }
        };
        Some(wanted.iter().filter(lacks).map(str::to_owned).collect())
    }

    /// What is known after `brought`, and what that changes.
    #[must_use]
    pub fn after(
        &self,
        provider: Provider,
        brought: &BroughtScopes,
    ) -> (Self, Option<ScopesChange>) {
        match brought {
            BroughtScopes::Nothing => (self.clone(), None),
            BroughtScopes::Unknown => (Self::default(), None),
            BroughtScopes::Requested(asked) => {
                let change = match (&self.said, &self.requested, asked) {
                    // Nobody lists the granted scopes here: only another request is visible.
                    (None, Some(before), Some(asked)) => {
                        ScopesChange::between(provider, before, asked)
                    }
                    // The look-up of the granted scopes reports the result.
                    _ => None,
                };
                (Self { said: self.said.clone(), requested: asked.clone() }, change)
            }
            BroughtScopes::Said(said) => {
                let before = self.said.as_ref().map(|said| &said.scopes);
                let before = before.or(self.requested.as_ref());
                let change =
                    before.and_then(|it| ScopesChange::between(provider, it, &said.scopes));
                (Self { said: Some(said.clone()), requested: None }, change)
            }
        }
    }
}

impl ScopesChange {
    fn between(provider: Provider, before: &Scopes, after: &Scopes) -> Option<Self> {
        let lacks = |these: &Scopes, those: &Scopes| {
            let mut missing = missing(provider, these, those);
            missing.retain(|scope| !is_never_listed(provider, scope));
            missing
        };
        let (added, gone) = (lacks(before, after), lacks(after, before));
        (!added.is_empty() || !gone.is_empty()).then_some(Self { added, gone })
    }

    /// The change in words, short enough to be shown.
    pub fn evidence(&self) -> String {
        let mut evidence = String::new();
        for (what, names) in [("added", &self.added), ("no longer granted", &self.gone)] {
            if names.is_empty() {
                continue;
            }
            let separator = if evidence.is_empty() { "" } else { "; " };
            let _ = write!(evidence, "{separator}{what}: {}", listed(names));
        }
        evidence
    }
}

/// How many names are shown, and how many characters of each.
const SHOWN: usize = 10;
const SHOWN_OF_NAME: usize = 100;

fn listed(names: &[String]) -> String {
    // Names are ASCII.
    let short = |name: &String| match name.get(..SHOWN_OF_NAME) {
        Some(start) if name.len() > SHOWN_OF_NAME => format!("{start}…"),
        _ => name.clone(),
    };
    let shown = names.iter().take(SHOWN).map(short).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(list: &str) -> Scopes {
        Scopes::parse(list).unwrap()
    }

    fn said(list: &str) -> BroughtScopes {
        BroughtScopes::Said(SaidScopes { scopes: scopes(list), source: ScopesSource::Provider })
    }

    fn asked(list: &str) -> BroughtScopes {
        BroughtScopes::Requested(Some(scopes(list)))
    }

    /// What is known after these, and what the last of them changed.
    fn after(brought: &[BroughtScopes]) -> (KnownScopes, Option<String>) {
        let mut known = (KnownScopes::default(), None);
        for one in brought {
            known = known.0.after(Provider::Google, one);
        }
        (known.0, known.1.map(|change| change.evidence()))
    }

    fn shown(known: &KnownScopes) -> Option<(String, ScopesSource)> {
        known.scopes().map(|(scopes, source)| (scopes.to_text(), source))
    }

    #[test]
    fn nothing_is_known_before_anybody_says_anything() {
        let (known, change) = after(&[BroughtScopes::Nothing, BroughtScopes::Requested(None)]);
        assert_eq!((shown(&known), change), (None, None));
        assert_eq!(known.missing(Provider::Google, &scopes("email"), true), None);
    }

    #[test]
    fn a_scope_that_is_never_listed_is_granted_where_there_is_a_refresh_token() {
        for (provider, asked_for, listed, unlisted) in [
            (Provider::Entraid, "email offline_access", "email", "offline_access"),
            (Provider::Azuread, "email offline_access", "email", "Offline_Access"),
            (Provider::Windowslive, "wl.basic wl.offline_access", "wl.basic", "wl.offline_access"),
        ] {
            let (known, _) = KnownScopes::default().after(provider, &asked(asked_for));
            let (told, change) = known.after(provider, &said(listed));
            assert_eq!(change, None, "{provider}: it is never listed");
            for known in [known, told] {
                let wanted = scopes(&format!("{listed} {unlisted}"));
                assert_eq!(known.missing(provider, &wanted, true), Some(Vec::new()), "{provider}");
                let lacks = known.missing(provider, &wanted, false);
                assert_eq!(lacks, Some(vec![unlisted.to_owned()]), "{provider}");
            }
        }
    }

    #[test]
    fn what_was_asked_counts_until_somebody_says_what_was_granted() {
        let (known, change) = after(&[asked("calendar email")]);
        assert_eq!(shown(&known), Some(("calendar email".to_owned(), ScopesSource::Requested)));
        assert_eq!(change, None);
        let (known, change) = after(&[asked("calendar email"), said("email")]);
        assert_eq!(shown(&known), Some(("email".to_owned(), ScopesSource::Provider)));
        assert_eq!(change.as_deref(), Some("no longer granted: calendar"));
    }

    #[test]
    fn an_answer_that_names_none_keeps_what_is_known() {
        let (known, change) = after(&[said("email calendar"), BroughtScopes::Nothing]);
        assert_eq!(shown(&known), Some(("calendar email".to_owned(), ScopesSource::Provider)));
        assert_eq!(change, None);
        // So does a sign-in: scopes granted before it are not dropped on a guess.
        let (known, change) = after(&[said("email calendar"), asked("email")]);
        assert_eq!(shown(&known), Some(("calendar email".to_owned(), ScopesSource::Requested)));
        assert_eq!(change, None);
    }

    #[test]
    fn an_imported_grant_begins_with_nothing_known_and_changes_nothing() {
        let (known, change) = after(&[said("email calendar"), BroughtScopes::Unknown]);
        assert_eq!((shown(&known), change), (None, None));
        let brought = [said("email"), asked("drive"), BroughtScopes::Unknown, said("calendar")];
        let (known, change) = after(&brought);
        assert_eq!(shown(&known), Some(("calendar".to_owned(), ScopesSource::Provider)));
        assert_eq!(change, None);
    }

    #[test]
    fn fewer_or_more_scopes_than_before_are_a_change_and_other_names_for_them_are_none() {
        let (_, change) = after(&[said("email calendar"), said("email drive")]);
        assert_eq!(change.as_deref(), Some("added: drive; no longer granted: calendar"));
        let long = "openid https://www.googleapis.com/auth/userinfo.email";
        assert_eq!(after(&[asked("openid email"), said(long)]).1, None);
        assert_eq!(after(&[said("email"), said("email")]).1, None);
    }

    #[test]
    fn a_sign_in_that_grants_no_more_than_the_one_before_changes_nothing() {
        let brought = [said("email"), asked("email calendar"), said("email")];
        assert_eq!(after(&brought[..2]).1, None);
        assert_eq!(after(&brought).1, None);
    }

    #[test]
    fn where_nobody_says_what_was_granted_another_request_is_a_change() {
        let (_, change) = after(&[asked("email"), asked("email calendar")]);
        assert_eq!(change.as_deref(), Some("added: calendar"));
    }

    #[test]
    fn the_words_for_a_change_are_bounded() {
        let names = (0..50).map(|number| format!("{number}{}", "x".repeat(240))).collect();
        let evidence = ScopesChange { added: names, gone: Vec::new() }.evidence();
        assert!(evidence.ends_with("… and 40 more"), "{evidence}");
        assert!(evidence.len() < 1200, "{}", evidence.len());
    }
}
