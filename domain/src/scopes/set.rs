use std::{collections::BTreeSet, fmt};

/// The scopes of a grant, without duplicates, in alphabetical order. Never empty: a provider that
/// lists none says nothing (GitHub does so for a GitHub App, which has permissions instead).
///
/// Names are not secret, but they come from outside: at most [`Scopes::MOST`] of them, each up to
/// [`Scopes::LONGEST`] bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Scopes(BTreeSet<String>);

impl Scopes {
    pub const MOST: usize = 100;
    /// In bytes.
    pub const LONGEST: usize = 256;

    /// Parses a list in the format of any provider: separated by spaces (RFC 6749 §3.3), commas
    /// (GitHub, LinkedIn, Strava) or plus signs. `None`: it lists none, too many, or something that
    /// can't be a scope. Half a list would show granted scopes as missing.
    pub fn parse(list: &str) -> Option<Self> {
        Self::of(list.split(|letter: char| letter.is_ascii_whitespace() || ",+".contains(letter)))
    }

    /// From these names; empty ones are left out. `None`: as for [`Scopes::parse`].
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut scopes = BTreeSet::new();
        for name in names.into_iter().filter(|name| !name.is_empty()) {
            if !is_scope(name) || scopes.len() == Self::MOST && !scopes.contains(name) {
                return None;
            }
            scopes.insert(name.to_owned());
        }
        (!scopes.is_empty()).then_some(Self(scopes))
    }

    /// The stored form: separated by spaces.
    pub fn to_text(&self) -> String {
        self.iter().collect::<Vec<_>>().join(" ")
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Everything in either. Not limited, because both are.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_text(), f)
    }
}

/// RFC 6749 §3.3: visible ASCII without quotes and backslashes. No provider's names contain the
/// separators of lists.
fn is_scope(name: &str) -> bool {
    name.len() <= Scopes::LONGEST
        && name.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\,+".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(list: &str) -> Option<String> {
        Scopes::parse(list).map(|scopes| scopes.to_text())
    }

    #[test]
    fn a_list_is_read_however_its_provider_separates_it() {
        for list in
            ["gist repo", "repo,gist", "repo, gist", "repo+gist", " gist\trepo\n", "repo  gist,,"]
        {
            assert_eq!(read(list).as_deref(), Some("gist repo"), "{list:?}");
        }
        let google = "openid https://www.googleapis.com/auth/userinfo.email";
        let sorted = "https://www.googleapis.com/auth/userinfo.email openid";
        assert_eq!(read(google).as_deref(), Some(sorted));
    }

    #[test]
    fn a_list_that_names_none_says_nothing() {
        assert_eq!(read(""), None);
        assert_eq!(read(" , + "), None);
    }

    #[test]
    fn a_list_with_what_can_be_no_scope_is_not_read_by_half() {
        for list in ["repo \"gist\"", "repo <html>é", "repo gi\\st", "repo gi\u{7}st"] {
            assert_eq!(read(list), None, "{list:?}");
        }
    }

    #[test]
    fn their_number_and_length_are_bounded() {
        let many =
            |number: usize| (0..number).map(|n| format!("scope:{n}")).collect::<Vec<_>>().join(" ");
        assert!(read(&many(Scopes::MOST)).is_some());
        assert_eq!(read(&many(Scopes::MOST + 1)), None);
        // A duplicate does not count.
        assert!(read(&format!("{} scope:1", many(Scopes::MOST))).is_some());
        assert!(read(&"x".repeat(Scopes::LONGEST)).is_some());
        assert_eq!(read(&"x".repeat(Scopes::LONGEST + 1)), None);
    }
}
