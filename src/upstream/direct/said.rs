/// What an error response says, in the provider's own dialect.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// The grant has ended, in the provider's own way of saying so; with the code that stands for it.
    Ended(&'static str),
    /// The client is wrong.
    Client,
    /// It passes, whatever code there is; with what is said of it.
    Passing(&'static str),
    /// `error`, in lower case.
    Code(String),
    Nothing,
}
