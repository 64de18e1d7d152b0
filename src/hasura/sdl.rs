//! Schema documents as Hasura's permissions hold them.

use std::fmt::Write;

use async_graphql::{
    Name, Positioned,
    parser::{
        parse_schema,
        types::{
            ConstDirective, FieldDefinition, InputValueDefinition, ServiceDocument, TypeDefinition,
            TypeKind, TypeSystemDefinition,
        },
    },
};

/// Prints a schema document without descriptions. `schema` comes first, because otherwise Hasura
/// finds no mutation type.
pub fn print(document: &ServiceDocument) -> String {
    let mut text = String::new();
    for definition in &document.definitions {
        if let TypeSystemDefinition::Schema(schema) = definition {
            let schema = &schema.node;
            text.push_str("schema {\n");
            for (operation, root) in [
                ("query", &schema.query),
                ("mutation", &schema.mutation),
                ("subscription", &schema.subscription),
            ] {
                if let Some(root) = root {
                    let _ = writeln!(text, "  {operation}: {}", root.node);
                }
            }
            text.push_str("}\n");
        }
    }
    for definition in &document.definitions {
        if let TypeSystemDefinition::Type(definition) = definition {
            text.push('\n');
            print_type(&mut text, &definition.node);
        }
    }
    text
}

fn print_type(text: &mut String, definition: &TypeDefinition) {
    let name = &definition.name.node;
    let directives = directives(&definition.directives);
    let _ = match &definition.kind {
        TypeKind::Scalar => writeln!(text, "scalar {name}{directives}"),
        TypeKind::Enum(kind) => {
            let values = kind.values.iter().map(|value| format!("  {}\n", value.node.value.node));
            writeln!(text, "enum {name}{directives} {{\n{}}}", values.collect::<String>())
        }
        TypeKind::Object(kind) => {
            let fields =
                kind.fields.iter().map(|field| format!("  {}\n", print_field(&field.node)));
            let implements = implements(&kind.implements);
            writeln!(
                text,
                "type {name}{implements}{directives} {{\n{}}}",
                fields.collect::<String>()
            )
        }
        TypeKind::InputObject(kind) => {
            let fields =
                kind.fields.iter().map(|field| format!("  {}\n", print_input(&field.node)));
            writeln!(text, "input {name}{directives} {{\n{}}}", fields.collect::<String>())
        }
        TypeKind::Interface(kind) => {
            let fields =
                kind.fields.iter().map(|field| format!("  {}\n", print_field(&field.node)));
            let implements = implements(&kind.implements);
            let fields = fields.collect::<String>();
            writeln!(text, "interface {name}{implements}{directives} {{\n{fields}}}")
        }
        TypeKind::Union(kind) => {
            let members: Vec<_> = kind.members.iter().map(|name| name.node.as_str()).collect();
            writeln!(text, "union {name}{directives} = {}", members.join(" | "))
        }
    };
}

fn implements(interfaces: &[Positioned<Name>]) -> String {
    let names: Vec<_> = interfaces.iter().map(|name| name.node.as_str()).collect();
    if names.is_empty() { String::new() } else { format!(" implements {}", names.join(" & ")) }
}

fn print_field(field: &FieldDefinition) -> String {
    let arguments: Vec<_> = field.arguments.iter().map(|one| print_input(&one.node)).collect();
    let arguments =
        if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
    format!("{}{arguments}: {}{}", field.name.node, field.ty.node, directives(&field.directives))
}

fn print_input(input: &InputValueDefinition) -> String {
    let default =
        input.default_value.as_ref().map_or_else(String::new, |value| format!(" = {}", value.node));
    format!("{}: {}{default}{}", input.name.node, input.ty.node, directives(&input.directives))
}

fn directives(directives: &[Positioned<ConstDirective>]) -> String {
    directives.iter().fold(String::new(), |mut text, directive| {
        let arguments: Vec<_> = directive
            .node
            .arguments
            .iter()
            .map(|(name, value)| format!("{}: {}", name.node, value.node))
            .collect();
        let _ = write!(text, " @{}", directive.node.name.node);
        if !arguments.is_empty() {
            let _ = write!(text, "({})", arguments.join(", "));
        }
        text
    })
}

/// Whether two documents are equivalent: Hasura stores what it has parsed and prints it in its own
/// way, and the CLI in another.
pub fn same(one: &str, other: &str) -> bool {
    match (normalized(one), normalized(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

/// The document in alphabetical order wherever the order has no meaning.
fn normalized(text: &str) -> Option<String> {
    let mut document = parse_schema(text).ok()?;
    document.definitions.sort_by_key(|definition| match definition {
        TypeSystemDefinition::Type(definition) => definition.node.name.node.to_string(),
        _ => String::new(),
    });
    for definition in &mut document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        match &mut definition.node.kind {
            TypeKind::Object(kind) => sort_fields(&mut kind.fields),
            TypeKind::Interface(kind) => sort_fields(&mut kind.fields),
            TypeKind::InputObject(kind) => sort_inputs(&mut kind.fields),
            TypeKind::Enum(kind) => {
                kind.values.sort_by(|a, b| a.node.value.node.cmp(&b.node.value.node));
            }
            TypeKind::Union(kind) => kind.members.sort_by(|a, b| a.node.cmp(&b.node)),
            TypeKind::Scalar => {}
        }
    }
    Some(print(&document))
}

fn sort_fields(fields: &mut [Positioned<FieldDefinition>]) {
    fields.sort_by(|a, b| a.node.name.node.cmp(&b.node.name.node));
    for field in fields {
        sort_inputs(&mut field.node.arguments);
    }
}

fn sort_inputs(inputs: &mut [Positioned<InputValueDefinition>]) {
    inputs.sort_by(|a, b| a.node.name.node.cmp(&b.node.name.node));
}
