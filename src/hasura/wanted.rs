use std::fmt;

use serde::Serialize;
use url::Url;

use super::Role;

/// The objects that Hasura should have, in the terms of the command line.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The remote schema's name.
    pub name: String,
    /// The URL at which Hasura reaches this server's `POST /graphql`.
    pub url: Location,
    /// The variable in Hasura's environment that contains the service secret.
    pub secret_from_env: String,
    /// The roles that get a permission.
    pub roles: Roles,
    /// A field that contains all root fields.
    pub namespace: Option<String>,
    /// The prefix for the names of all types.
    pub type_prefix: Option<String>,
    /// Hasura's name of the database.
    pub source: String,
    /// The table of users, whose key is the user's id.
    pub table: Table,
    /// The field of a user that returns their connections.
    pub relationship: Option<String>,
    /// The event trigger for deleted users, and the URL that it calls.
    pub event_trigger: Option<(String, Location)>,
}

/// The roles that get a permission.
#[derive(Clone, Debug)]
pub enum Roles {
    /// Those of `--role`, and no others.
    Named(Vec<Role>),
    /// Each role of a signed-in user that the metadata names, with this schema document: Nhost's
    /// Constellation shows a role without a permission nothing of the remote schema.
    Every { schema: String },
}

/// A URL, or the variable in Hasura's environment that contains it.
#[derive(Clone, Debug)]
pub enum Location {
    Url(Url),
    Env(String),
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => url.fmt(f),
            Self::Env(name) => write!(f, "the address in {name}"),
        }
    }
}

/// A table with its schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Table {
    pub schema: String,
    pub name: String,
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}
