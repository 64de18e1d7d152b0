use std::collections::{BTreeMap, BTreeSet};

use async_graphql::{
    Name, Positioned, Value,
    parser::{
        parse_schema,
        types::{
            BaseType, ConstDirective, FieldDefinition, ObjectType, ServiceDocument, Type, TypeKind,
            TypeSystemDefinition,
        },
    },
};

use super::sdl;

/// The argument that names the user. Only Hasura's admin may choose it.
const WHOSE: &str = "userId";
/// Only Hasura's admin may use it, because it accepts any refresh token.
const SERVICE_ONLY: &str = "importProviderConnection";
/// The root type of operations that Hasura does not forward.
const SUBSCRIPTION: &str = "Subscription";
/// Hasura's session variable with the caller's user id.
const USER_ID: &str = "x-hasura-user-id";

/// A role of the app, and the part of the schema that it sees.
#[derive(Clone, Debug)]
pub struct Role {
    pub name: String,
    /// The schema document for the permission in Hasura.
    pub schema: String,
}

/// Why the permission is not possible.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RoleError {
    #[error(
        "the name of a role is missing: write ROLE, or ROLE:FIELD,… with the fields that it must not see"
    )]
    NoName,
    #[error(
        "Hasura's admin always sees everything and needs no permission: name the roles of your app"
    )]
    Admin,
    #[error(
        "the schema has no {0:?}: write a field (accessToken), a field of a type \
         (ProviderConnection.accessToken) or a type (Mutation), as in `provider-connections schema`"
    )]
    Unknown(String),
    #[error("no field is left to query: exclude fewer fields, or leave out the role")]
    NothingLeft,
}

impl Role {
    /// The role of `NAME`, or of `NAME:LEFT_OUT,…`, with the parts of `schema` to leave out.
    ///
    /// # Errors
    /// See [`RoleError`].
    pub fn parse(text: &str, schema: &str) -> Result<Self, RoleError> {
        let (name, left_out) = text.split_once(':').unwrap_or((text, ""));
        let name = name.trim();
        match name {
            "" => return Err(RoleError::NoName),
            "admin" => return Err(RoleError::Admin),
            _ => {}
        }
        let left_out = left_out.split(',').map(str::trim).filter(|one| !one.is_empty());
        let mut document = parse_schema(schema).unwrap_or(ServiceDocument { definitions: vec![] });
        leave_out_subscriptions(&mut document);
        for what in left_out {
            leave_out(&mut document, what)?;
        }
        leave_out_service_only(&mut document);
        drop_empty_types(&mut document);
        if object(&document, "Query").is_none() {
            return Err(RoleError::NothingLeft);
        }
        preset_whose(&mut document);
        keep_reachable(&mut document);
        Ok(Self { name: name.to_owned(), schema: sdl::print(&document) })
    }
}

/// Hasura does not forward subscriptions of remote schemas, so no role gets them.
fn leave_out_subscriptions(document: &mut ServiceDocument) {
    document.definitions.retain_mut(|definition| match definition {
        TypeSystemDefinition::Type(one) => one.node.name.node != SUBSCRIPTION,
        TypeSystemDefinition::Schema(schema) => {
            schema.node.subscription = None;
            true
        }
        TypeSystemDefinition::Directive(_) => true,
    });
}

/// No role gets an argument that would be rejected.
fn leave_out_service_only(document: &mut ServiceDocument) {
    for (_, object) in objects(document) {
        object.fields.retain(|field| field.node.name.node != SERVICE_ONLY);
    }
}

/// Removes a field, a field of a type, or all fields of a type.
fn leave_out(document: &mut ServiceDocument, what: &str) -> Result<(), RoleError> {
    let (type_name, field_name) = match what.split_once('.') {
        Some((type_name, field_name)) => (Some(type_name), Some(field_name)),
        None if object(document, what).is_some() => (Some(what), None),
        None => (None, Some(what)),
    };
    let mut found = false;
    for (name, object) in objects(document) {
        if type_name.is_none_or(|wanted| wanted == name) {
            object.fields.retain(|field| {
                let goes = field_name.is_none_or(|wanted| wanted == field.node.name.node);
                found |= goes;
                !goes
            });
        }
    }
    if found { Ok(()) } else { Err(RoleError::Unknown(what.to_owned())) }
}

/// GraphQL has no object without fields, so the type is removed, and with it the fields that return
/// it.
fn drop_empty_types(document: &mut ServiceDocument) {
    loop {
        let empty: BTreeSet<String> = objects(document)
            .filter(|(_, object)| object.fields.is_empty())
            .map(|(name, _)| name)
            .collect();
        if empty.is_empty() {
            return;
        }
        document.definitions.retain_mut(|definition| match definition {
            TypeSystemDefinition::Type(one) => !empty.contains(one.node.name.node.as_str()),
            TypeSystemDefinition::Schema(schema) => {
                let schema = &mut schema.node;
                schema.mutation.take_if(|root| empty.contains(root.node.as_str()));
                true
            }
            TypeSystemDefinition::Directive(_) => true,
        });
        for (_, object) in objects(document) {
            object.fields.retain(|field| !empty.contains(named(&field.node.ty.node)));
        }
    }
}

fn preset_whose(document: &mut ServiceDocument) {
    for (_, object) in objects(document) {
        for argument in object.fields.iter_mut().flat_map(|field| &mut field.node.arguments) {
            if argument.node.name.node == WHOSE {
                let pos = argument.pos;
                let preset = ConstDirective {
                    name: Positioned::new(Name::new("preset"), pos),
                    arguments: vec![(
                        Positioned::new(Name::new("value"), pos),
                        Positioned::new(Value::from(USER_ID), pos),
                    )],
                };
                argument.node.directives.push(Positioned::new(preset, pos));
            }
        }
    }
}

/// Removes unreachable types, and the definitions of directives.
fn keep_reachable(document: &mut ServiceDocument) {
    let mut leads_to: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, object) in objects(document) {
        let next = object.fields.iter().flat_map(|field| names_in(&field.node)).collect();
        leads_to.insert(name, next);
    }
    let mut reached = BTreeSet::new();
    let mut ahead = vec!["Query".to_owned(), "Mutation".to_owned()];
    while let Some(name) = ahead.pop() {
        if reached.insert(name.clone()) {
            ahead.extend(leads_to.get(&name).into_iter().flatten().cloned());
        }
    }
    document.definitions.retain(|definition| match definition {
        TypeSystemDefinition::Type(one) => reached.contains(one.node.name.node.as_str()),
        TypeSystemDefinition::Schema(_) => true,
        TypeSystemDefinition::Directive(_) => false,
    });
}

fn objects(document: &mut ServiceDocument) -> impl Iterator<Item = (String, &mut ObjectType)> {
    document.definitions.iter_mut().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(one) => {
            let name = one.node.name.node.to_string();
            match &mut one.node.kind {
                TypeKind::Object(object) => Some((name, object)),
                _ => None,
            }
        }
        _ => None,
    })
}

fn object<'a>(document: &'a ServiceDocument, name: &str) -> Option<&'a ObjectType> {
    document.definitions.iter().find_map(|definition| match definition {
        TypeSystemDefinition::Type(one) if one.node.name.node == name => match &one.node.kind {
            TypeKind::Object(object) => Some(object),
            _ => None,
        },
        _ => None,
    })
}

fn names_in(field: &FieldDefinition) -> impl Iterator<Item = String> {
    let arguments = field.arguments.iter().map(|argument| named(&argument.node.ty.node));
    arguments.chain([named(&field.ty.node)]).map(str::to_owned)
}

/// The type without its lists and exclamation marks.
fn named(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => named(inner),
    }
}
