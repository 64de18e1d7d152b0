use serde_json::Value;

/// A GraphQL answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer(pub Value);

impl Answer {
    /// The value at a JSON pointer below `data`. Fails if there are errors.
    #[track_caller]
    pub fn data(&self, pointer: &str) -> &Value {
        assert!(self.0.get("errors").is_none(), "unexpected errors: {:#}", self.0);
        self.at(&format!("/data{pointer}"))
    }

    /// The value at a JSON pointer.
    #[track_caller]
    pub fn at(&self, pointer: &str) -> &Value {
        self.0.pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in {:#}", self.0))
    }

    /// The text at a JSON pointer below `data`.
    #[track_caller]
    pub fn text(&self, pointer: &str) -> &str {
        self.data(pointer).as_str().unwrap_or_else(|| panic!("{pointer} is not text"))
    }

    /// The code of the first error.
    #[track_caller]
    pub fn code(&self) -> &str {
        self.at("/errors/0/extensions/code").as_str().unwrap()
    }

    /// An extension of the first error.
    #[track_caller]
    pub fn extension(&self, name: &str) -> &Value {
        self.at(&format!("/errors/0/extensions/{name}"))
    }

    /// What the first error says.
    #[track_caller]
    pub fn message(&self) -> &str {
        self.at("/errors/0/message").as_str().unwrap()
    }
}
