use apollo_compiler::executable::Field;
use async_graphql::Value;

use super::{Limits, Refused};
use crate::connections::PageSize;

/// The cost of an operation, known before it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cost {
    /// How deeply fields nest.
    pub depth: usize,
    /// Fields, weighted.
    pub complexity: usize,
    /// Selections that were walked, and values from variables.
    pub size: usize,
    /// The size of the introspection result.
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

/// The weight of a field itself. A field that may call Nhost Auth or a provider weighs as much as
/// what it holds up: a refresh joins others of the same connection, a mutation does not.
pub(super) fn weight(field: &Field) -> usize {
    match field.name.as_str() {
        "accessToken" => 5,
        "connectProvider" | "refreshProviderToken" | "disconnectProvider"
        | "importProviderConnection"
        // These fields call no upstream, but write.
        | "grantProviderAccess" | "revokeProviderAccess" => 20,
        _ => 1,
    }
}

/// How often the selection of a field is repeated in the response: the size of a page. A list
/// without `first` counts once, because there are at most as many connections as providers.
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
    // The field itself rejects a value above the maximum.
    let largest = i64::from(PageSize::LARGEST);
    let first = first.unwrap_or(largest).clamp(1, largest);
    usize::try_from(first).unwrap_or_default()
}
