/// Why a row is not imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error(
        "This line is not a JSON object. Write one object per line, or all of them in one array."
    )]
    NotJson,
    #[error("This row is longer than 1 MiB. Export only the columns that are needed.")]
    TooLong,
    #[error(
        "This row is not valid CSV. Export it with a header, and with quotes where they are needed."
    )]
    NotCsv,
    #[error("This row has no user id. Check --format, and that the export has the column.")]
    NoUser,
    #[error("This row has no provider. Check --format, and that the export has the column.")]
    NoProvider,
    #[error(
        "This row's provider is unknown. Map its name with --map-provider NAME=ID, where ID is \
         Nhost's id of the provider."
    )]
    UnknownProvider,
    #[error(
        "This row belongs to a sign-in without a provider, such as by password or email, so it has no refresh token. There is nothing to do."
    )]
    NoOauth,
    #[error("This row has no refresh token. Ask the user to sign in.")]
    NoRefreshToken,
    #[error(
        "This row's user id is not a UUID, or is missing from the --users file. Map it to the Nhost user id with --users."
    )]
    UnmappedUser,
}

impl Problem {
    /// The value in the report.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotJson => "NOT_JSON",
            Self::TooLong => "TOO_LONG",
            Self::NotCsv => "NOT_CSV",
            Self::NoUser => "NO_USER",
            Self::NoProvider => "NO_PROVIDER",
            Self::UnknownProvider => "UNKNOWN_PROVIDER",
            Self::NoOauth => "NO_OAUTH",
            Self::NoRefreshToken => "NO_REFRESH_TOKEN",
            Self::UnmappedUser => "UNMAPPED_USER",
        }
    }

    /// Whether the file, or its options, must be changed. Other problems are expected.
    pub fn is_mistake(self) -> bool {
        !matches!(self, Self::NoOauth | Self::NoRefreshToken)
    }
}
