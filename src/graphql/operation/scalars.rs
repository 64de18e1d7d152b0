use async_graphql::{ScalarType, Value};

use crate::graphql::scalars::{Timestamptz, Uuid};

/// What a value of this scalar must look like, if this one does not: the specification leaves that
/// to each scalar. An unknown scalar accepts everything.
pub(super) fn expected(scalar: &str, value: &Value) -> Option<&'static str> {
    let value = || value.clone();
    match scalar {
        "uuid" => <Uuid as ScalarType>::parse(value())
            .is_err()
            .then_some("A UUID looks like \"c2bf8a3e-7d5e-4f0e-9a45-0d1f6a1f0c11\"."),
        "timestamptz" => <Timestamptz as ScalarType>::parse(value())
            .is_err()
            .then_some("A time looks like \"2026-01-31T12:00:00Z\"."),
        _ => None,
    }
}
