use serde::Serialize;

/// One line of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at. Its name stays, for programs that read the report.
    pub check: &'static str,
    pub state: State,
    /// What was found.
    pub message: String,
    /// What to do.
    pub advice: Option<String>,
}

/// How grave it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Ok,
    /// It works, but not as well or as safely as it could; or it could not be looked at.
    Warning,
    /// It does not work.
    Error,
}

impl State {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl Finding {
    pub fn ok(check: &'static str, message: impl Into<String>) -> Self {
        Self { check, state: State::Ok, message: message.into(), advice: None }
    }

    pub fn warning(
        check: &'static str,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        let (message, advice) = (message.into(), Some(advice.into()));
        Self { check, state: State::Warning, message, advice }
    }

    pub fn error(
        check: &'static str,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        let (message, advice) = (message.into(), Some(advice.into()));
        Self { check, state: State::Error, message, advice }
    }

    /// Something else has to be fixed first, which has its own line.
    pub fn not_looked_at(check: &'static str, because: &str) -> Self {
        Self::warning(
            check,
            format!("not checked, because {because}"),
            "fix that first, then run doctor again",
        )
    }

    #[must_use]
    pub fn and_advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }
}
