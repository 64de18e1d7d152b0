use async_graphql::{ScalarType, Value};

use crate::graphql::scalars::{Timestamptz, Uuid};

/// Whether a value is one of this scalar, as its resolvers will read it. The specification leaves
/// to each scalar what it takes; one that is not known takes everything.
pub(super) fn accepts(scalar: &str, value: &Value) -> bool {
    match scalar {
        "uuid" => <Uuid as ScalarType>::parse(value.clone()).is_ok(),
        "timestamptz" => <Timestamptz as ScalarType>::parse(value.clone()).is_ok(),
        _ => true,
    }
}
