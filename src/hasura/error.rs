use std::fmt::Write;

/// Why a running Hasura was not changed, or may not be in the desired state, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum HasuraError {
    #[error(
        "Hasura at {endpoint} can't be reached: {cause}. Check --hasura-endpoint \
         (HASURA_GRAPHQL_ENDPOINT), and that Hasura is up. Nothing was changed."
    )]
    Unreachable { endpoint: String, cause: String },
    #[error(
        "Hasura rejects the admin secret. Set HASURA_GRAPHQL_ADMIN_SECRET, or \
         HASURA_GRAPHQL_ADMIN_SECRET_FILE, to the one that Hasura runs with. Nothing was changed."
    )]
    AdminSecret,
    #[error(
        "{endpoint} answers {status}, but not like Hasura's metadata API. Check --hasura-endpoint \
         (the address without /v1/graphql), and that HASURA_GRAPHQL_ENABLED_APIS includes metadata \
         if it is set. Nothing was changed."
    )]
    NotHasura { endpoint: String, status: u16 },
    #[error("Hasura failed ({status}). Nothing was changed; check Hasura's log, and try again.")]
    Fails { status: u16 },
    #[error(
        "Hasura did not confirm the change ({cause}). It applies all of it or nothing: run this command again to see what is left to do."
    )]
    Unknown { cause: String },
    #[error(
        "Remote schema permissions are off in this Hasura: every role would see the whole schema. \
         Set HASURA_GRAPHQL_ENABLE_REMOTE_SCHEMA_PERMISSIONS=true (at Nhost: \
         enableRemoteSchemaPermissions = true below [hasura.settings]) and restart it, or leave \
         out --role. Nothing was changed."
    )]
    PermissionsOff,
    #[error("Nothing was changed, because:{}", lines(.0))]
    Conflicts(Vec<String>),
    #[error(
        "Hasura's metadata is already inconsistent, so Hasura does not accept the change. Nothing \
         was changed. Fix these (Console: Settings, Metadata status; CLI: `hasura metadata \
         inconsistency list`), and run this again:{}",
        lines(.0)
    )]
    InconsistentBefore(Vec<String>),
    #[error("Hasura rejected the change, and nothing was changed: {message}{}{hint}", lines(.reasons))]
    Refused { message: String, reasons: Vec<String>, hint: &'static str },
    #[error(
        "Someone else keeps changing Hasura's metadata: {attempts} attempts failed, and nothing was changed. Run this again when they are done."
    )]
    Overtaken { attempts: u32 },
    #[error("The change was applied, but Hasura's metadata is inconsistent now:{}", lines(.0))]
    InconsistentAfter(Vec<String>),
    #[error(
        "Hasura's response to {what} has a format that this version does not support. Nothing was changed."
    )]
    Form { what: &'static str },
}

fn lines(all: &[String]) -> String {
    all.iter().fold(String::new(), |mut text, one| {
        let _ = write!(text, "\n  - {}", one.replace('\n', "\n    "));
        text
    })
}
