use super::CommandError;

/// Prints the schema in the schema definition language.
#[expect(clippy::unnecessary_wraps, reason = "a command like the others")]
pub fn run() -> Result<(), CommandError> {
    print!("{}", crate::graphql::sdl());
    Ok(())
}
