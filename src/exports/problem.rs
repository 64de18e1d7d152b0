/// Why a row is not imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("This line is no JSON object. Write one object a line, or all of them in one array.")]
    NotJson,
    #[error("This row is longer than 1 MiB. Export the columns that are needed alone.")]
    TooLong,
    #[error("This row is no CSV. Export it with a header and with quotes where they are needed.")]
    NotCsv,
    #[error("This row has no user id. Check --format, and that the export has the column.")]
    NoUser,
    #[error("This row has no provider. Check --format, and that the export has the column.")]
    NoProvider,
    #[error(
        "This row's provider has no name that is known here. Map it with --map-provider NAME=ID, \
         where ID is Nhost's id of the provider."
    )]
    UnknownProvider,
    #[error(
        "This row is of a sign-in by password, email or the like, which has no refresh token. \
         Nothing is to be done."
    )]
    NoOauth,
    #[error("This row has no refresh token. Ask the user to sign in.")]
    NoRefreshToken,
    #[error(
        "This row's user id is no UUID, or not in the file of --users. Map it to the Nhost user id \
         with --users."
    )]
    UnmappedUser,
}

impl Problem {
    /// The word for the report.
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

    /// Whether the file, or how it is read, has to change. The others are as they should be.
    pub fn is_mistake(self) -> bool {
        !matches!(self, Self::NoOauth | Self::NoRefreshToken)
    }
}
