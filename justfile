# Every command of the house. `just` lists them; each is one line that works without just, too.

_list:
    @just --list --unsorted

# Compile everything, without building it
check:
    cargo check --workspace --all-targets

# Format the code
fmt:
    cargo fmt --all

# Clippy, with warnings as errors
lint:
    cargo clippy --workspace --all-targets -- -D warnings

# Everything that has to hold, on SQLite and on a private PostgreSQL
test *ARGS:
    scripts/test {{ ARGS }}

# The same without PostgreSQL
test-sqlite:
    scripts/test --sqlite-only

# Server and simulator with a page to click through, at http://127.0.0.1:4000
demo *ARGS:
    cargo run -- demo {{ ARGS }}

# Walk the main job over HTTP, a line for each step
demo-check:
    cargo run -q -- demo --check

# A settings file with new keys: provider-connections.env
init *ARGS:
    cargo run -q -- init {{ ARGS }}

# The server, with the settings of the environment and of .env where there is one; or --config FILE
serve *ARGS:
    cargo run -- serve {{ ARGS }}

# Bring the database up to date, with the same settings
migrate *ARGS:
    cargo run -q -- migrate {{ ARGS }}

# Write schema.graphql anew; by way of another file, so that a failure does not empty it
schema:
    cargo run -q -- schema > schema.graphql.new && mv schema.graphql.new schema.graphql || { rm -f schema.graphql.new; exit 1; }

# Write docs/settings.md anew, in the same way
settings:
    cargo run -q -- settings > settings.md.new && mv settings.md.new docs/settings.md || { rm -f settings.md.new; exit 1; }

# A new key for ENCRYPTION_KEYS
keys:
    cargo run -q -- keys generate

# The crates' documentation
doc *ARGS:
    cargo doc --workspace --no-deps {{ ARGS }}

# Run the commands of README.md and docs/ against a demo
docs-check *FILES:
    scripts/docs-check {{ FILES }}

# What a newcomer does, from a clone of what is committed; 10 to 20 minutes
newcomer-check *ARGS:
    scripts/newcomer-check {{ ARGS }}

# Flesch-Kincaid grade of the documentation
reading-grade *FILES:
    scripts/reading-grade {{ FILES }}

# The documentation as a site in target/site, its links checked; --serve shows it at http://127.0.0.1:4080
site *ARGS:
    scripts/site-check {{ ARGS }}

# Run the configurations of deploy/proxies in the proxies that are installed
proxy-check *NAMES:
    scripts/proxy-check {{ NAMES }}

# Lint Dockerfile, compose files, Helm chart, systemd unit and Nhost configuration
deploy-check:
    scripts/deploy-check

# Lint the workflows, and pack a release with a stand-in for the binary
release-check:
    scripts/release-check

# Licenses, sources, bans and known weaknesses of all dependencies
deny-check:
    scripts/deny-check

# Spelling of code, comments, documentation and messages
typos-check *ARGS:
    scripts/typos-check {{ ARGS }}

# Plain English of documentation, schema, messages and comments
prose-check *ARGS:
    scripts/prose-check {{ ARGS }}

# Clients, audits and gateways from Node, and the example app
node-check:
    scripts/node-check

# Generated documents, answered as graphql-js answers them
graphql-js-check *ARGS:
    scripts/graphql-js-check {{ ARGS }}

# The element and the pages in a browser
browser-check *ARGS:
    scripts/browser-check {{ ARGS }}

# What strangers may send, and what it does to others; figures in target/attack-report.md
attack *ARGS:
    cargo nextest run --test attack --no-fail-fast {{ ARGS }}

# Everything at once, half an hour on each database; figures in target/soak-sqlite.json and target/soak-postgres.json
soak *ARGS:
    SOAK_SECONDS=1800 scripts/postgres run -- cargo nextest run --test soak --no-capture {{ ARGS }}

# What schemathesis generates from the schema
schemathesis-check *ARGS:
    scripts/schemathesis-check {{ ARGS }}

# Has webhooks verified by Python's library of Standard Webhooks.
webhooks-check:
    scripts/webhooks-check

# GraphiQL as release builds have it, out of the binary
graphiql-check:
    scripts/graphiql-check

# The element's script for the browser anew, after a change in packages/element/src
element:
    cd packages/element && npm ci && npm run build

# The server next to other ways to the same data: writes docs/performance.md (release build, half an hour on a quiet machine)
bench *ARGS:
    scripts/bench {{ ARGS }}

# Microseconds to authenticate by each kind of JWT, new and known (release build, several minutes)
bench-jwt-cache:
    cargo bench --bench jwt

# Memory of a thousand subscribers, and how long a change takes to them (release build, several minutes)
bench-live:
    scripts/bench-live

# The simulated Nhost Auth alone, at http://127.0.0.1:4001
simulator *ARGS:
    cargo run -p nhost-auth-simulator -- {{ ARGS }}

# The server's image and the simulator's
docker-build:
    docker build -t provider-connections .
    docker build -t nhost-auth-simulator --target simulator .

# Server, simulator and PostgreSQL in containers
compose-up:
    docker compose up --build

# Server, Hasura, Nhost Auth and PostgreSQL in containers; needs deploy/compose/.env
stack-up:
    docker compose -f deploy/compose/docker-compose.yml up --build --wait
