use strum::{EnumString, IntoStaticStr, VariantArray};

/// An OAuth provider, by Nhost's own id (the `{provider}` of Nhost Auth's paths).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[cfg_attr(
    feature = "sea-orm",
    derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum),
    sea_orm(rs_type = "String", db_type = "Text", rename_all = "lowercase")
)]
#[strum(serialize_all = "lowercase")]
pub enum Provider {
    Apple,
    Azuread,
    Bitbucket,
    Discord,
    Entraid,
    Facebook,
    Github,
    Gitlab,
    Google,
    Linkedin,
    Spotify,
    Strava,
    Twitch,
    Twitter,
    Windowslive,
    Workos,
}

impl Provider {
    /// Every provider, in alphabetical order.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// Nhost's id: `google`.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl std::fmt::Display for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
