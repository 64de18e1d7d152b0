#![expect(clippy::doc_markdown, reason = "the comments of arguments are help for a terminal")]
#![expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]

use std::path::PathBuf;

use clap::{Args, ValueEnum};

const AFTER_HELP: &str = "Without --apply, --remove or --dry-run the metadata is printed. The \
                          admin secret of a running Hasura is read from \
                          HASURA_GRAPHQL_ADMIN_SECRET in the environment, or from a file. It is \
                          not a flag, because every user of a machine can read the flags of its \
                          processes.";

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct HasuraArgs {
    /// URL where Hasura reaches this server. By default `http://provider-connections:4000/graphql`
    #[arg(long, env = "HASURA_REMOTE_SCHEMA_URL", value_name = "URL")]
    pub(super) url: Option<String>,

    /// Instead of --url: the variable in Hasura's environment that holds the URL
    #[arg(long, value_name = "NAME")]
    pub(super) url_from_env: Option<String>,

    /// Name of the remote schema in Hasura
    #[arg(long, value_name = "NAME", default_value = "provider-connections")]
    pub(super) name: String,

    /// Variable in Hasura's environment that holds this server's SERVICE_SECRET. The metadata never
    /// contains the secret itself
    #[arg(long, value_name = "NAME", default_value = "PROVIDER_CONNECTIONS_SERVICE_SECRET")]
    pub(super) secret_from_env: String,

    /// Role that gets a permission, with userId fixed to the caller. After a colon, list what the
    /// role can't see: viewer:accessToken,Mutation. Repeat the flag for each role. Hasura needs
    /// HASURA_GRAPHQL_ENABLE_REMOTE_SCHEMA_PERMISSIONS=true. Without the flag, every role of
    /// signed-in users gets a permission for the whole schema: the roles in the metadata with
    /// --apply, user and me with --format yaml, none with --format json
    #[arg(long = "role", value_name = "ROLE[:FIELD,…]", conflicts_with = "no_permissions")]
    pub(super) roles: Vec<String>,

    /// Write no permissions. With --apply, remove those that this command wrote before
    #[arg(long)]
    pub(super) no_permissions: bool,

    /// Field that all root fields are nested in, if their names are taken
    #[arg(long, value_name = "FIELD")]
    pub(super) namespace: Option<String>,

    /// Prefix of type names, if they are taken
    #[arg(long, value_name = "PREFIX")]
    pub(super) type_prefix: Option<String>,

    /// Hasura's name of the database that has the users
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub(super) source: String,

    /// Table of the users. Its column id is the user's ID
    #[arg(long, value_name = "SCHEMA.TABLE", default_value = "auth.users")]
    pub(super) table: String,

    /// Field of a user that returns their connections
    #[arg(long, value_name = "FIELD", default_value = "providerConnections")]
    pub(super) relationship: String,

    /// Don't add this field
    #[arg(long)]
    pub(super) no_relationship: bool,

    /// Name of the event trigger that notifies this server of deleted users
    #[arg(long, value_name = "NAME", default_value = "provider_connections_user_deleted")]
    pub(super) event_trigger: String,

    /// Don't add an event trigger
    #[arg(long)]
    pub(super) no_event_trigger: bool,

    /// Variable in Hasura's environment that holds the URL of /hooks/user-deleted. Required with
    /// --url-from-env. By default the URL is derived from --url
    #[arg(long, value_name = "NAME")]
    pub(super) webhook_from_env: Option<String>,

    /// Format to print: json, a request body for POST /v1/metadata; or yaml, the files of the
    /// Hasura CLI's metadata folder
    #[arg(long, value_enum, default_value = "json")]
    pub(super) format: Format,

    /// Apply the metadata to the running Hasura. Prints the changes first, and applies all or none
    #[arg(long, conflicts_with = "remove")]
    pub(super) apply: bool,

    /// Remove what --apply added, and nothing else
    #[arg(long)]
    pub(super) remove: bool,

    /// With --apply or --remove: print what would change, and change nothing. Alone it implies
    /// --apply
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Overwrite objects of the same names that this command didn't add
    #[arg(long)]
    pub(super) replace: bool,

    /// Base URL of the running Hasura, such as `https://SUBDOMAIN.hasura.REGION.nhost.run`
    #[arg(long, env = "HASURA_GRAPHQL_ENDPOINT", value_name = "URL")]
    pub(super) hasura_endpoint: Option<String>,

    /// File that holds Hasura's admin secret, instead of the variable HASURA_GRAPHQL_ADMIN_SECRET
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
