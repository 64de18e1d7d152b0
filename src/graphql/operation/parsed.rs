use std::collections::HashSet;

use apollo_compiler::{
    ExecutableDocument, Name, Node, Schema,
    ast::Value,
    diagnostic::ToCliReport as _,
    executable::{Operation, Selection, SelectionSet},
    parser::Parser,
    validation::{DiagnosticData, DiagnosticList, Valid},
};

use super::{
    Refused, Terms, cost::TOO_DEEP, fitting, lossless, nesting::is_too_deep, positions::Positions,
    refusal::Mistake, size::Size,
};

/// The parser's own recursion limit, which is more than the scan of the text lets through.
const DEEPEST: usize = 256;
/// Errors that are reported. A document can have as many as it has words.
const TOLD: usize = 20;
/// Characters of a message: some quote the document.
const LONGEST: usize = 300;

/// A document that is valid for the schema.
#[derive(Debug)]
pub(super) struct Parsed {
    pub document: Valid<ExecutableDocument>,
    pub positions: Positions,
    pub size: Size,
}

impl Parsed {
    /// Parses and validates a whole document. Each step is limited by the one before it.
    ///
    /// # Errors
    /// It is not GraphQL, is not valid, or is larger than the caller may send.
    pub fn new(text: &str, schema: &Valid<Schema>, terms: &Terms) -> Result<Self, Refused> {
        if is_too_deep(text) {
            return Err(TOO_DEEP);
        }
        let limit = terms.limits.tokens;
        let mut parser = Parser::new().recursion_limit(DEEPEST).token_limit(limit);
        let blanked = lossless::blanked(text);
        let parsed = parser.parse_ast(&*blanked, "request");
        let size = Size { tokens: parser.tokens_reached(), ..Size::default() };
        size.within(&terms.limits)?;
        let positions = Positions::of(text);
        let parsed = parsed.map_err(|wrong| syntax(&wrong.errors, &positions))?;
        if lossless::tokens(&parsed.serialize().no_indent().to_string()) != lossless::tokens(text) {
            return Err(Refused::Syntax(Mistake::new(STRAY, None)));
        }
        let size = Size::of(&parsed, size.tokens);
        size.within(&terms.limits)?;
        let document = parsed.to_executable_validate(schema).or_else(|wrong| {
            let document = wrong.partial;
            let told = |error: &&DiagnosticData| !is_one_root(error, &document);
            let errors = wrong.errors;
            let errors: Vec<_> = errors.iter().map(|diagnostic| diagnostic.error).collect();
            let errors: Vec<_> = errors.into_iter().filter(told).collect();
            refuse(&errors, &positions, terms)?;
            Ok(Valid::assume_valid(document))
        })?;
        null_is_no_default(&document, schema, &positions, terms)?;
        fitting::check(&document, schema, &positions, terms.shows_schema)?;
        let mut document = document.into_inner();
        // The parser keeps a copy of the text for its reports.
        document.sources = std::sync::Arc::default();
        Ok(Self { document: Valid::assume_valid(document), positions, size })
    }
}

const STRAY: &str = "Syntax error: there is an unexpected token among the arguments, variables or \
                     definitions. Remove it.";
fn syntax(errors: &DiagnosticList, positions: &Positions) -> Refused {
    let Some(first) = errors.iter().next() else {
        return Refused::Syntax(Mistake::new("Syntax error.", None));
    };
    let message = first.error.to_string();
    let message = message.strip_prefix("syntax error: ").unwrap_or(&message);
    Refused::Syntax(Mistake::new(
        shortened(format!("Syntax error: {message}")),
        first.error.location().map(|at| positions.at(at.offset())),
    ))
}

fn refuse(errors: &[&DiagnosticData], positions: &Positions, terms: &Terms) -> Result<(), Refused> {
    let too_deep = ["RecursionError", "RecursionLimitError", "DeeplyNestedType"];
    let names = |error: &&DiagnosticData| error.unstable_error_name();
    if errors.iter().filter_map(names).any(|name| too_deep.contains(&name)) {
        return Err(TOO_DEEP);
    }
    let mistake = |error: &&DiagnosticData| {
        let message = if terms.shows_schema {
            error.unstable_compat_message().unwrap_or_else(|| error.to_string())
        } else {
            without_schema(error.unstable_error_name()).to_owned()
        };
        let at = error.location().map(|at| positions.at(at.offset()));
        Mistake::new(shortened(message), at)
    };
    let mistakes: Vec<_> = errors.iter().take(TOLD).map(mistake).collect();
    if mistakes.is_empty() { Ok(()) } else { Err(Refused::Invalid(mistakes)) }
}

fn shortened(mut message: String) -> String {
    if let Some((end, _)) = message.char_indices().nth(LONGEST) {
        message.truncate(end);
        message.push('…');
    }
    message
}

/// What is wrong, for callers that must not learn the schema.
fn without_schema(error: Option<&str>) -> &'static str {
    match error.unwrap_or_default() {
        "UndefinedField" => "This field does not exist on its type.",
        "UndefinedArgument" => "This argument does not exist here.",
        "UndefinedDirective" => "This directive does not exist.",
        "UndefinedEnumValue"
        | "UnsupportedValueType"
        | "IntCoercionError"
        | "FloatCoercionError"
        | "UndefinedInputValue" => "This value has the wrong type.",
        "UndefinedDefinition"
        | "UndefinedTypeInNamedFragmentTypeCondition"
        | "UndefinedTypeInInlineFragmentTypeCondition"
        | "InvalidFragmentTarget" => "This type does not exist or can't be used here.",
        "InvalidFragmentSpread" => "This fragment can never apply here.",
        "RequiredArgument" | "RequiredField" => "A required argument is missing here.",
        "MissingSubselection" => "This field needs a selection of its fields.",
        "SubselectionOnScalarType" | "SubselectionOnEnumType" => {
            "This field is a scalar, so nothing can be selected of it."
        }
        "UndefinedVariable" => "This variable is not defined.",
        "UndefinedFragment" => "This fragment is not defined.",
        "UnusedVariable" => "This variable is never used.",
        "UnusedFragment" => "This fragment is never used.",
        "UniqueVariable"
        | "UniqueArgument"
        | "UniqueDirective"
        | "UniqueInputValue"
        | "OperationNameCollision"
        | "FragmentNameCollision" => "This appears twice.",
        "AmbiguousAnonymousOperation" => {
            "An operation without a name must be the only one in its document."
        }
        "DisallowedVariableUsage" | "VariableInputType" => {
            "A variable of this type can't be used here."
        }
        "RecursiveFragmentDefinition" => "This fragment contains itself.",
        "ConflictingFieldType" | "ConflictingFieldName" | "ConflictingFieldArgument" => {
            "Fields with the same name conflict here. Give one of them an alias."
        }
        "SubscriptionUsesMultipleFields" => "A subscription must have exactly one root field.",
        "SubscriptionUsesIntrospection" => {
            "A subscription can't select introspection fields at its root."
        }
        "SubscriptionUsesConditionalSelection" => {
            "The root field of a subscription can't have @skip or @include."
        }
        "UnsupportedLocation" => "This directive can't be used here.",
        "TypeSystemDefinition" => "Only operations and fragments can be sent.",
        _ => "The document is not valid for this schema.",
    }
}

/// apollo-compiler counts the selections of a subscription's root; the specification merges those
/// of one response name first (section 5.2.4.1).
fn is_one_root(error: &DiagnosticData, document: &ExecutableDocument) -> bool {
    let roots = |operation: &Node<Operation>| {
        let mut names = HashSet::new();
        roots(document, &operation.selection_set, &mut names, &mut HashSet::new());
        names.len()
    };
    error.unstable_error_name() == Some("SubscriptionUsesMultipleFields")
        && document.operations.iter().filter(|one| one.is_subscription()).all(|one| roots(one) <= 1)
}

fn roots<'a>(
    document: &'a ExecutableDocument,
    selections: &'a SelectionSet,
    names: &mut HashSet<&'a Name>,
    seen: &mut HashSet<&'a Name>,
) {
    for selection in &selections.selections {
        match selection {
            Selection::Field(field) => {
                names.insert(field.response_key());
            }
            Selection::InlineFragment(fragment) => {
                roots(document, &fragment.selection_set, names, seen);
            }
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.fragment_name)
                    && seen.insert(&spread.fragment_name)
                {
                    roots(document, &fragment.selection_set, names, seen);
                }
            }
        }
    }
}

/// A variable whose default is null can't be used where null isn't allowed (section 5.8.5, where
/// apollo-compiler accepts any default).
fn null_is_no_default(
    document: &Valid<ExecutableDocument>,
    schema: &Valid<Schema>,
    positions: &Positions,
    terms: &Terms,
) -> Result<(), Refused> {
    let is_null = |value: &Node<Value>| value.is_null();
    let has_null = |operation: &Node<Operation>| {
        operation.variables.iter().any(|one| one.default_value.as_ref().is_some_and(is_null))
    };
    if !document.operations.iter().any(has_null) {
        return Ok(());
    }
    let mut without = ExecutableDocument::clone(document);
    let named = without.operations.named.values_mut();
    for operation in named.chain(&mut without.operations.anonymous) {
        for variable in &mut operation.make_mut().variables {
            if variable.default_value.as_ref().is_some_and(is_null) {
                variable.make_mut().default_value = None;
            }
        }
    }
    without.validate(schema).map(|_| ()).or_else(|wrong| {
        let told = |error: &&DiagnosticData| !is_one_root(error, document);
        let errors = wrong.errors.iter().map(|diagnostic| diagnostic.error);
        let errors: Vec<_> = errors.filter(told).collect();
        refuse(&errors, positions, terms)
    })
}
