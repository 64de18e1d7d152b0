//! Finds out whether what the features need has been made.

use std::{env, path::Path};

const PAGE: &str = "packages/graphiql/dist/index.html";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var_os("CARGO_FEATURE_GRAPHIQL_BUNDLED").is_none() {
        return;
    }
    println!("cargo::rerun-if-changed=packages/graphiql/dist");
    if !Path::new(PAGE).exists() {
        println!(
            "cargo::error=the feature graphiql-bundled needs {PAGE}, which is not there: make it \
             by `npm ci && npm run build` in packages/graphiql, or leave the feature out"
        );
    }
}
