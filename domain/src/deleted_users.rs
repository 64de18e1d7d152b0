use std::{fmt, str::FromStr};

/// So many missing users are believed whatever their share is, as long as others are known: an app
/// with few users may well have lost half of them.
const FEW: u64 = 5;

/// Why a search for deleted users removes nobody.
///
/// Another project, or an old copy of the right one, answers without an error and does not know the
/// users. For a single user that looks like a deletion; for all users together it doesn't.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disbelief {
    /// None of the users exists.
    NobodyKnown,
    /// More users are missing than the setting allows.
    TooMany,
    /// A user signed in after the search had found them missing.
    SignedIn,
}

impl Disbelief {
    /// Whether a search that found `known` users and missed `missing` is not to be believed.
    /// `max_share`: percent of all users that may be missing.
    pub fn of(known: u64, missing: u64, max_share: u8) -> Option<Self> {
        if missing == 0 {
            return None;
        }
        if known == 0 {
            return Some(Self::NobodyKnown);
        }
        let share = u128::from(missing) * 100;
        let allowed = (u128::from(known) + u128::from(missing)) * u128::from(max_share);
        (missing > FEW && share > allowed).then_some(Self::TooMany)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::NobodyKnown => "nobody_known",
            Self::TooMany => "too_many",
            Self::SignedIn => "signed_in",
        }
    }
}

impl fmt::Display for Disbelief {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A newer version may have reasons that this one doesn't know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownDisbelief;

impl FromStr for Disbelief {
    type Err = UnknownDisbelief;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [Self::NobodyKnown, Self::TooMany, Self::SignedIn];
        all.into_iter().find(|of| of.as_str() == text).ok_or(UnknownDisbelief)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_deleted_now_and_then_is_believed() {
        for (known, missing) in [(0, 0), (7, 0), (1, 1), (1, 5), (80, 20), (1_000_000, 1)] {
            assert_eq!(Disbelief::of(known, missing, 20), None, "{known} {missing}");
        }
    }

    #[test]
    fn that_nobody_exists_is_never_believed() {
        for missing in [1, 5, 6, 1_000_000] {
            assert_eq!(Disbelief::of(0, missing, 100), Some(Disbelief::NobodyKnown), "{missing}");
        }
    }

    #[test]
    fn more_than_the_share_is_not_believed_and_the_share_is() {
        assert_eq!(Disbelief::of(1, 6, 20), Some(Disbelief::TooMany));
        assert_eq!(Disbelief::of(79, 21, 20), Some(Disbelief::TooMany));
        assert_eq!(Disbelief::of(79, 21, 21), None);
        assert_eq!(Disbelief::of(1, 99, 100), None);
        assert_eq!(Disbelief::of(u64::MAX, u64::MAX, 50), None);
        assert_eq!(Disbelief::of(u64::MAX, u64::MAX, 49), Some(Disbelief::TooMany));
    }

    #[test]
    fn its_name_is_read_again() {
        for of in [Disbelief::NobodyKnown, Disbelief::TooMany, Disbelief::SignedIn] {
            assert_eq!(of.to_string().parse(), Ok(of));
        }
        assert_eq!("another".parse::<Disbelief>(), Err(UnknownDisbelief));
    }
}
