use domain::Provider;
use secrecy::SecretString;

/// A refresh token, and its user and provider.
#[derive(Debug)]
pub struct Row {
    /// The user's id in the exporting system.
    pub user: String,
    pub provider: Provider,
    pub refresh_token: SecretString,
}

/// The columns or fields of a row, by name.
pub trait Fields {
    /// The value of a column. Names are compared without case and `_`, because `userId`, `user_id`
    /// and `userid` are the same in different systems; a `.` leads into an object.
    fn text(&self, name: &str) -> Option<String>;
}

/// A name in the form for comparison.
pub fn plain(name: &str) -> String {
    let letters = name.trim().chars().filter(|letter| *letter != '_');
    letters.flat_map(char::to_lowercase).collect()
}
