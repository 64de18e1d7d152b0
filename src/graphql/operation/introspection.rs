//! Limits the size of introspection results. A few bytes can request megabytes, because a type's
//! fields have types, which have fields. So the query is walked the way it would be executed, up to
//! the limit.

use apollo_compiler::{
    Node, Schema,
    ast::{FieldDefinition, InputValueDefinition, Type},
    schema::ExtendedType,
};
use async_graphql::{
    Value,
    parser::types::{Field, Selection},
};

/// This many bytes of text count as much as a field.
const TEXT: usize = 64;

/// The number of fields of objects in the response to `__schema` or `__type`; one more than `most`
/// if there are more.
pub(super) fn size(schema: &Schema, field: &Field, most: usize) -> usize {
    let mut walk = Walk { schema, seen: 0, most };
    let at = match field.name.node.as_str() {
        "__schema" => Some(At::Schema),
        _ => field.get_argument("name").and_then(|name| {
            let Some(Value::String(name)) = name.node.clone().into_const() else { return None };
            schema.types.get(name.as_str()).map(At::Type)
        }),
    };
    walk.seen = 1;
    if let Some(at) = at {
        walk.object(field, &at);
    }
    walk.seen.min(most.saturating_add(1))
}

/// What is being introspected.
enum At<'a> {
    Schema,
    Type(&'a ExtendedType),
    /// A list, or what is not null.
    Wrapper(&'a Type, Wrapped),
    Field(&'a FieldDefinition),
    Input(&'a InputValueDefinition),
    Described(Option<&'a Node<str>>, &'a [Node<InputValueDefinition>]),
}

/// How many wrappers have been removed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrapped {
    Whole,
    NotNullTaken,
}

struct Walk<'a> {
    schema: &'a Schema,
    seen: usize,
    most: usize,
}

impl<'a> Walk<'a> {
    fn object(&mut self, field: &Field, at: &At<'a>) {
        for selection in &field.selection_set.node.items {
            let Selection::Field(field) = &selection.node else { continue };
            if self.seen > self.most {
                return;
            }
            let field = &field.node;
            let name = field.name.node.as_str();
            self.seen += 1;
            if name == "description" {
                self.seen += self.description(at).map_or(0, |text| text.len() / TEXT);
            }
            if !field.selection_set.node.items.is_empty() {
                for below in self.below(at, name) {
                    self.object(field, &below);
                    // An object without selected fields still has its braces.
                    self.seen += 1;
                }
            }
        }
    }

    fn description(&self, at: &At<'a>) -> Option<&'a Node<str>> {
        match at {
            At::Schema => self.schema.schema_definition.description.as_ref(),
            At::Type(of) => match of {
                ExtendedType::Scalar(of) => of.description.as_ref(),
                ExtendedType::Object(of) => of.description.as_ref(),
                ExtendedType::Interface(of) => of.description.as_ref(),
                ExtendedType::Union(of) => of.description.as_ref(),
                ExtendedType::Enum(of) => of.description.as_ref(),
                ExtendedType::InputObject(of) => of.description.as_ref(),
            },
            At::Wrapper(..) => None,
            At::Field(of) => of.description.as_ref(),
            At::Input(of) => of.description.as_ref(),
            At::Described(description, _) => *description,
        }
    }

    /// The objects that a field of an introspected object returns.
    fn below(&self, at: &At<'a>, field: &str) -> Vec<At<'a>> {
        let schema = self.schema;
        let root = |of: &'a Option<apollo_compiler::schema::ComponentName>| {
            of.iter().filter_map(|name| schema.types.get(&name.name)).map(At::Type).collect()
        };
        let inputs = |of: &'a [Node<InputValueDefinition>]| {
            of.iter().map(|input| At::Input(input)).collect::<Vec<_>>()
        };
        match (at, field) {
            (At::Schema, "types") => schema.types.values().map(At::Type).collect(),
            (At::Schema, "queryType") => root(&schema.schema_definition.query),
            (At::Schema, "mutationType") => root(&schema.schema_definition.mutation),
            (At::Schema, "subscriptionType") => root(&schema.schema_definition.subscription),
            (At::Schema, "directives") => {
                let directives = schema.directive_definitions.values();
                let directive = |of: &'a Node<apollo_compiler::ast::DirectiveDefinition>| {
                    At::Described(of.description.as_ref(), &of.arguments)
                };
                directives.map(directive).collect()
            }
            (At::Type(ExtendedType::Object(of)), "fields") => {
                of.fields.values().map(|field| At::Field(field)).collect()
            }
            (At::Type(ExtendedType::Interface(of)), "fields") => {
                of.fields.values().map(|field| At::Field(field)).collect()
            }
            (At::Type(ExtendedType::Enum(of)), "enumValues") => {
                let values = of.values.values();
                values.map(|value| At::Described(value.description.as_ref(), &[])).collect()
            }
            (At::Type(ExtendedType::InputObject(of)), "inputFields") => {
                of.fields.values().map(|input| At::Input(input)).collect()
            }
            (At::Field(of), "args") => inputs(&of.arguments),
            (At::Described(_, arguments), "args") => inputs(arguments),
            (At::Field(of), "type") => self.type_of(&of.ty, Wrapped::Whole),
            (At::Input(of), "type") => self.type_of(&of.ty, Wrapped::Whole),
            (At::Wrapper(ty, Wrapped::Whole), "ofType") if ty.is_non_null() => {
                self.type_of(ty, Wrapped::NotNullTaken)
            }
            (At::Wrapper(Type::List(item) | Type::NonNullList(item), _), "ofType") => {
                self.type_of(item, Wrapped::Whole)
            }
            _ => Vec::new(),
        }
    }

    fn type_of(&self, ty: &'a Type, wrapped: Wrapped) -> Vec<At<'a>> {
        if ty.is_list() || (ty.is_non_null() && wrapped == Wrapped::Whole) {
            return vec![At::Wrapper(ty, wrapped)];
        }
        self.schema.types.get(ty.inner_named_type()).map(At::Type).into_iter().collect()
    }
}
