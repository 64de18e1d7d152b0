use std::fmt::Write;

/// Why a running Hasura was not changed, or may not be as wanted, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum HasuraError {
    #[error(
        "Hasura at {endpoint} can't be reached: {cause}. Check --hasura-endpoint \
         (HASURA_GRAPHQL_ENDPOINT), and that Hasura is up. Nothing was changed."
    )]
    Unreachable { endpoint: String, cause: String },
    #[error(
        "Hasura refuses the admin secret. Set HASURA_GRAPHQL_ADMIN_SECRET, or \
         HASURA_GRAPHQL_ADMIN_SECRET_FILE, to the one that Hasura runs with. Nothing was changed."
    )]
    AdminSecret,
    #[error(
        "{endpoint} answers {status}, and not as Hasura's metadata API does. Check \
         --hasura-endpoint (the address without /v1/graphql), and that HASURA_GRAPHQL_ENABLED_APIS \
         has metadata where it is set. Nothing was changed."
    )]
    NotHasura { endpoint: String, status: u16 },
    #[error("Hasura fails ({status}). Nothing was changed. See Hasura's log, and try again.")]
    Fails { status: u16 },
    #[error(
        "Hasura did not say whether it has taken the change ({cause}). It takes all of it or \
         nothing: run this again, which shows what is left to do, if anything."
    )]
    Unknown { cause: String },
    #[error(
        "Remote schema permissions are off in this Hasura: it would show the whole schema to every \
         role. Set HASURA_GRAPHQL_ENABLE_REMOTE_SCHEMA_PERMISSIONS=true (at Nhost: \
         enableRemoteSchemaPermissions = true below [hasura.settings]) and restart it, or leave out \
         --role. Nothing was changed."
    )]
    PermissionsOff,
    #[error("Nothing was changed, because of:{}", lines(.0))]
    Conflicts(Vec<String>),
    #[error(
        "Hasura's metadata was inconsistent before, and Hasura takes no change as a whole until it \
         is not. Nothing was changed. Mend these (Console: Settings, Metadata status; CLI: `hasura \
         metadata inconsistency list`), and run this again:{}",
        lines(.0)
    )]
    InconsistentBefore(Vec<String>),
    #[error("Hasura refuses the change, and has changed nothing: {message}{}{hint}", lines(.reasons))]
    Refused { message: String, reasons: Vec<String>, hint: &'static str },
    #[error(
        "Others keep changing Hasura's metadata: {attempts} attempts were overtaken, and nothing \
         of this was written. Run it again when they are done."
    )]
    Overtaken { attempts: u32 },
    #[error("The change is made, but Hasura's metadata is inconsistent now:{}", lines(.0))]
    InconsistentAfter(Vec<String>),
    #[error(
        "Hasura answers {what} in a form that this version does not know. Nothing was changed."
    )]
    Form { what: &'static str },
}

fn lines(all: &[String]) -> String {
    all.iter().fold(String::new(), |mut text, one| {
        let _ = write!(text, "\n  - {}", one.replace('\n', "\n    "));
        text
    })
}
