use domain::Provider;
use secrecy::SecretString;

/// A refresh token, and whose it is.
#[derive(Debug)]
pub struct Row {
    /// The user's id in the system that it is of.
    pub user: String,
    pub provider: Provider,
    pub refresh_token: SecretString,
}

/// The columns or fields of a row, by name.
pub trait Fields {
    /// What stands there. Names are compared without case and `_`, as `userId`, `user_id` and
    /// `userid` are one name in different systems; a `.` leads into an object.
    fn text(&self, name: &str) -> Option<String>;
}

/// A name as it is compared.
pub fn plain(name: &str) -> String {
    let letters = name.trim().chars().filter(|letter| *letter != '_');
    letters.flat_map(char::to_lowercase).collect()
}
