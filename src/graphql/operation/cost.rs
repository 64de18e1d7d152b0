use apollo_compiler::executable::Field;
use async_graphql::Value;

use super::{Limits, Refused};
use crate::connections::PageSize;

/// What an operation costs, known before it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cost {
    /// Fields below each other.
    pub depth: usize,
    /// Fields, by their weight.
    pub complexity: usize,
    /// Selections that were walked, and values that variables brought.
    pub size: usize,
    /// What introspection answers.
    pub introspection: usize,
}

impl Cost {
    /// # Errors
    /// It is more than the caller may ask for.
    pub fn within(self, limits: &Limits) -> Result<(), Refused> {
        if self.depth > limits.depth {
            return Err(TOO_DEEP);
        }
        if self.size > limits.size {
            return Err(super::size::TOO_LARGE);
        }
        if self.complexity > limits.complexity {
            return Err(Refused::TooMuch(
                "The query selects too many fields. Select fewer, or split it into several \
                 requests.",
            ));
        }
        if self.introspection > limits.introspection {
            return Err(Refused::TooMuch(
                "The query introspects the schema several times. Introspect it once.",
            ));
        }
        Ok(())
    }
}

pub(super) const TOO_DEEP: Refused =
    Refused::TooMuch("The query is nested too deeply. Select fewer levels.");

/// Of a field by itself. One that may call Nhost Auth or a provider weighs as much as what it holds
/// up: a refresh joins others of the same connection, a mutation does not.
pub(super) fn weight(field: &Field) -> usize {
    match field.name.as_str() {
        "accessToken" => 5,
        "connectProvider" | "refreshProviderToken" | "disconnectProvider"
        | "importProviderConnection"
        // These call nobody, and write.
        | "grantProviderAccess" | "revokeProviderAccess" => 20,
        _ => 1,
    }
}

/// How often what is selected of a field is answered: the size of a page. A list that has no
/// `first` counts once, as there are as many connections as providers at the most.
pub(super) fn times(field: &Field, arguments: &[(&str, &Value)]) -> usize {
    const ARGUMENT: &str = "first";
    let Some(definition) = field.definition.argument_by_name(ARGUMENT) else {
        return 1;
    };
    let given = arguments.iter().find(|(name, _)| *name == ARGUMENT).map(|(_, value)| *value);
    let first = match given {
        Some(Value::Number(number)) => number.as_i64(),
        Some(_) => None,
        None => definition.default_value.as_ref().and_then(|value| value.to_i32()).map(Into::into),
    };
    // More than it may be is refused by the field itself.
    let largest = i64::from(PageSize::LARGEST);
    let first = first.unwrap_or(largest).clamp(1, largest);
    usize::try_from(first).unwrap_or_default()
}
