use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

/// Whether the document asks for the schema, in an operation or in a fragment. It must be known
/// not to nest too deep.
pub fn asks_for_schema(document: &ExecutableDocument) -> bool {
    let operations = document.operations.iter().map(|(_, one)| &one.node.selection_set.node);
    let fragments = document.fragments.values().map(|one| &one.node.selection_set.node);
    operations.chain(fragments).any(selects_schema)
}

fn selects_schema(selections: &SelectionSet) -> bool {
    selections.items.iter().any(|selection| match &selection.node {
        Selection::Field(field) => matches!(field.node.name.node.as_str(), "__schema" | "__type"),
        Selection::InlineFragment(fragment) => selects_schema(&fragment.node.selection_set.node),
        Selection::FragmentSpread(_) => false,
    })
}
