use std::fmt;

use serde::Serialize;
use url::Url;

use super::Role;

/// What Hasura is to have, in the words of the command line.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The remote schema's name.
    pub name: String,
    /// Where Hasura reaches `POST /graphql` of this server.
    pub url: Location,
    /// The variable in Hasura's environment that holds the service secret.
    pub secret_from_env: String,
    /// Who gets a permission.
    pub roles: Roles,
    /// A field that all root fields are put under.
    pub namespace: Option<String>,
    /// What is put before the names of all types.
    pub type_prefix: Option<String>,
    /// The database, by Hasura's name for it.
    pub source: String,
    /// The table of users, whose key is the user's id.
    pub table: Table,
    /// The field of a user that answers their connections.
    pub relationship: Option<String>,
    /// The event trigger for deleted users, and where it calls this server.
    pub event_trigger: Option<(String, Location)>,
}

/// Whose permissions are written.
#[derive(Clone, Debug)]
pub enum Roles {
    /// Those of `--role`, and no others.
    Named(Vec<Role>),
    /// Each role of a signed-in user that the metadata names, with this schema document: Nhost's
    /// Constellation shows a role without a permission nothing of the remote schema.
    Every { schema: String },
}

/// An address, or the variable in Hasura's environment that holds it.
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
