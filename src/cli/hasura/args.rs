#![expect(clippy::doc_markdown, reason = "the comments of arguments are help for a terminal")]
#![expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]

use std::path::PathBuf;

use clap::{Args, ValueEnum};

const AFTER_HELP: &str = "\
Without --apply, --remove or --dry-run it prints. The admin secret of a running Hasura is read from \
HASURA_GRAPHQL_ADMIN_SECRET in the environment, or from a file; it is no flag, because everyone on \
a machine can read the flags of its processes.";

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct HasuraArgs {
    /// Where Hasura reaches this server, such as <http://provider-connections:4000/graphql>, which
    /// is the default
    #[arg(long, env = "HASURA_REMOTE_SCHEMA_URL", value_name = "URL")]
    pub(super) url: Option<String>,

    /// Or the variable in Hasura's environment that holds it
    #[arg(long, value_name = "NAME")]
    pub(super) url_from_env: Option<String>,

    /// What Hasura calls the remote schema
    #[arg(long, value_name = "NAME", default_value = "provider-connections")]
    pub(super) name: String,

    /// The variable in Hasura's environment that holds the SERVICE_SECRET of this server. The secret
    /// itself is never in the metadata
    #[arg(long, value_name = "NAME", default_value = "PROVIDER_CONNECTIONS_SERVICE_SECRET")]
    pub(super) secret_from_env: String,

    /// A role that gets a permission, in which userId is always the caller's; repeat it for more
    /// roles. After a colon, the fields to hide from it: viewer:accessToken,Mutation. Needs
    /// HASURA_GRAPHQL_ENABLE_REMOTE_SCHEMA_PERMISSIONS=true in Hasura. Without it, every role of
    /// signed-in users gets a permission for the whole schema: those in the metadata with --apply,
    /// user and me with --format yaml, none with --format json
    #[arg(long = "role", value_name = "ROLE[:FIELD,…]", conflicts_with = "no_permissions")]
    pub(super) roles: Vec<String>,

    /// Write no permissions, and with --apply remove those that this command wrote before
    #[arg(long)]
    pub(super) no_permissions: bool,

    /// A field to put all root fields under, where their names are taken
    #[arg(long, value_name = "FIELD")]
    pub(super) namespace: Option<String>,

    /// What to put before the names of types, where they are taken
    #[arg(long, value_name = "PREFIX")]
    pub(super) type_prefix: Option<String>,

    /// The database with the users, by Hasura's name for it
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub(super) source: String,

    /// The table of users, whose id is the user's
    #[arg(long, value_name = "SCHEMA.TABLE", default_value = "auth.users")]
    pub(super) table: String,

    /// The field of a user that answers their connections
    #[arg(long, value_name = "FIELD", default_value = "providerConnections")]
    pub(super) relationship: String,

    /// Make no such field
    #[arg(long)]
    pub(super) no_relationship: bool,

    /// The event trigger that tells this server of deleted users
    #[arg(long, value_name = "NAME", default_value = "provider_connections_user_deleted")]
    pub(super) event_trigger: String,

    /// Make no event trigger
    #[arg(long)]
    pub(super) no_event_trigger: bool,

    /// The variable in Hasura's environment that holds the address of /hooks/user-deleted. Needed
    /// with --url-from-env; otherwise it is made from --url
    #[arg(long, value_name = "NAME")]
    pub(super) webhook_from_env: Option<String>,

    /// What is printed: json, the body of a request to POST /v1/metadata; or yaml, the files of the
    /// Hasura CLI's metadata folder
    #[arg(long, value_enum, default_value = "json")]
    pub(super) format: Format,

    /// Bring the running Hasura to have all this: it shows what changes, then changes it, all or
    /// nothing
    #[arg(long, conflicts_with = "remove")]
    pub(super) apply: bool,

    /// Take back what --apply has made, and nothing else
    #[arg(long)]
    pub(super) remove: bool,

    /// With --apply (or alone) or --remove: show what would change, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Overwrite what others have made by the same names
    #[arg(long)]
    pub(super) replace: bool,

    /// The running Hasura's address, such as <https://SUBDOMAIN.hasura.REGION.nhost.run>
    #[arg(long, env = "HASURA_GRAPHQL_ENDPOINT", value_name = "URL")]
    pub(super) hasura_endpoint: Option<String>,

    /// A file with its admin secret, instead of HASURA_GRAPHQL_ADMIN_SECRET
    #[arg(
        long = "hasura-admin-secret-file",
        env = "HASURA_GRAPHQL_ADMIN_SECRET_FILE",
        value_name = "FILE"
    )]
    pub(super) admin_secret_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Format {
    Json,
    Yaml,
}
