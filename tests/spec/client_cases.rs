//! What clients, gateways and proxies were publicly reported to send, and what their users expect:
//! `tests/cases/clients.json`. Each case has a runner, named after its id.

mod graphql;
mod http;
mod jwt;
mod jwt_secret;
mod origins;
mod persisted;
mod sockets;

use std::collections::BTreeSet;

use serde_json::Value;

const CASES: &str = include_str!("../cases/clients.json");

/// A case, as the file has it.
pub struct Case(Value);

impl Case {
    fn all() -> Vec<Self> {
        let file: Value = serde_json::from_str(CASES).unwrap();
        file["cases"].as_array().unwrap().iter().cloned().map(Self).collect()
    }

    fn named(runner: &str) -> Self {
        Self::all().into_iter().find(|case| case.runner() == runner).unwrap()
    }

    /// The name of the function that runs it.
    fn runner(&self) -> String {
        self.0["id"].as_str().unwrap().replace('-', "_")
    }

    /// What is at this JSON pointer below `input`.
    #[track_caller]
    pub fn input(&self, pointer: &str) -> &Value {
        self.0["input"].pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in the input"))
    }

    /// The same below `expected`.
    #[track_caller]
    pub fn expected(&self, pointer: &str) -> &Value {
        self.0["expected"].pointer(pointer).unwrap_or_else(|| panic!("no {pointer} is expected"))
    }
}

macro_rules! cases {
    ($($file:ident: $($name:ident)+;)*) => {
        const RUNNERS: &[&str] = &[$($(stringify!($name)),+),*];

        $($(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                Box::pin($file::$name(&Case::named(stringify!($name)))).await;
            }
        )+)*
    };
}

cases! {
    graphql: var_skip_default_mutation var_skip_default_token var_include_default
        var_arg_default_omitted var_required_missing_skip var_required_missing_status
        multi_op_variable_types merged_mutation_field variable_position_not_checked
        introspection_all kotlin_pre_introspection fragments_merge list_coercion codegens;
    persisted: apq_post apq_urql batch_array;
    sockets: subscription_two_roots ws_close_handshake ws_python_gql graphql_ws_6 graphql_sse
        sse_compression;
    origins: ws_host_without_port cors_capacitor;
    http: gzip_request trailing_slash charset chunked_expect_http10 hasura_many_rows;
    jwt: jwk_leading_zero cache_control_case hasura_3655 keycloak_enc_key kid_missing hasura_7272
        hasura_1678 bearer_variants;
    jwt_secret: jsonpath_dot_bracket pem_double_escaped hasura_7081 hasura_9405 hasura_8341;
}

#[test]
fn every_case_has_a_runner_and_every_runner_a_case() {
    let cases: BTreeSet<_> = Case::all().iter().map(Case::runner).collect();
    let runners: BTreeSet<_> = RUNNERS.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(cases, runners);
    assert_eq!(Case::all().len(), cases.len(), "an id is there twice");
}
