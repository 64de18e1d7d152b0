//! The Hasura (v2) metadata for this server, and how it is applied.
//!
//! [`Wanted`] is what the command line asks for; [`Objects`] expresses it as metadata, which is
//! printed ([`requests()`], [`folder()`]) or compared with a running Hasura's ([`plan`]) and sent
//! there ([`run()`]). The formats are Hasura's metadata API, version 3 of the metadata
//! (<https://hasura.io/docs/2.0/api-reference/metadata-api/index/>).

mod api;
mod error;
mod folder;
mod objects;
mod permissions;
pub mod plan;
mod requests;
mod roles;
mod run;
mod sdl;
mod wanted;

pub use api::Api;
pub use error::HasuraError;
pub use folder::folder;
pub use objects::Objects;
pub use permissions::{Role, RoleError};
pub use requests::requests;
pub use run::{Action, run};
pub use wanted::{Location, Roles, Table, Wanted};
