use std::io::{IsTerminal, Write, stderr, stdin};

use crate::cli::CommandError;

/// Asks on a terminal, unless the answer was given by `--yes`.
///
/// # Errors
/// The answer is no, or there is no terminal to ask on.
pub fn confirm(what_happens: &str, yes: bool) -> Result<(), CommandError> {
    if yes {
        return Ok(());
    }
    if !stdin().is_terminal() {
        return Err(format!("{what_happens} Add --yes to confirm this without a terminal.").into());
    }
    typed(&format!("{what_happens} Type yes to continue: "), "yes")
}

/// Has the user type exactly these words at a terminal.
///
/// # Errors
/// Something else was typed.
pub fn typed(question: &str, words: &str) -> Result<(), CommandError> {
    eprint!("{question}");
    stderr().flush()?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    if answer.trim() == words { Ok(()) } else { Err("nothing was changed.".into()) }
}
