use apollo_compiler::{
    Schema,
    ast::{DirectiveList, FieldDefinition},
    name,
    schema::{Component, ExtendedType},
    ty,
    validation::Valid,
};

/// The schema that documents are validated against.
///
/// # Panics
/// It is not one: a mistake of this program's.
pub(super) fn read(sdl: &str) -> Valid<Schema> {
    let schema = Schema::parse_and_validate(sdl, "schema.graphql");
    let schema = schema.unwrap_or_else(|wrong| panic!("the schema is not valid: {}", wrong.errors));
    as_of_2025(schema.into_inner())
}

/// The parts of introspection in the September 2025 specification (section 4.2) that
/// apollo-compiler lacks: tools request `isOneOf`, and `includeDeprecated` can't be null.
fn as_of_2025(mut schema: Schema) -> Valid<Schema> {
    let introspection = schema.types.iter_mut().filter(|(name, _)| name.starts_with("__"));
    for (name, of) in introspection {
        let ExtendedType::Object(of) = of else { continue };
        let of = of.make_mut();
        for field in of.fields.values_mut() {
            for argument in &mut field.make_mut().arguments {
                if argument.name == "includeDeprecated" {
                    *argument.make_mut().ty.make_mut() = ty!(Boolean!);
                }
            }
        }
        if name == "__Type" {
            let is_one_of = FieldDefinition {
                description: None,
                name: name!("isOneOf"),
                arguments: Vec::new(),
                ty: ty!(Boolean),
                directives: DirectiveList::new(),
            };
            of.fields.insert(name!("isOneOf"), Component::new(is_one_of));
        }
    }
    Valid::assume_valid(schema)
}
