//! Names: of variables in Hasura's environment, and of what is made there.

use crate::config::Mistakes;

pub fn variable(mistakes: &mut Mistakes, flag: &str, name: String) -> Option<String> {
    let fits = is_name(name.trim_start_matches('_'), false);
    if !fits {
        mistakes.add(format!(
            "{flag} is {name:?}: write the name of a variable in Hasura's environment"
        ));
    }
    fits.then_some(name)
}

/// GraphQL's names, and Hasura's of event triggers.
pub fn is_name(text: &str, dash: bool) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || dash && c == '-')
}
