# How scripts come by the programs of this project. To be sourced.

# Cargo compiles tokio, and all that stands on it, apart for each set of its features, and the tests
# need more of them than the programs. With a test among what is built, cargo takes the tests' features
# for all of it: one build serves cargo-nextest and every script. `rules` is the smallest of the tests.
as_for_tests=(--test rules)

# Builds the server and the simulator; `programs` is where they are.
build_programs() {
  cargo build -q --workspace --bins "${as_for_tests[@]}" || return
  programs=$(realpath "${CARGO_TARGET_DIR:-target}")/debug
}
