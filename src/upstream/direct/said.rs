/// What an error response says, in the provider's own dialect.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// The grant has ended, in the provider's own words; with the corresponding code.
    Ended(&'static str),
    /// The client is wrong.
    Client,
    /// A temporary error, whatever its code; with the text for the error.
    Passing(&'static str),
    /// `error`, in lower case.
    Code(String),
    Nothing,
}
