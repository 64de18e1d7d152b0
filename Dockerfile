# syntax=docker/dockerfile:1

# Two images from one build:
#   docker build -t provider-connections .                                the server
#   docker build -t nhost-auth-simulator --target simulator .             the simulator

ARG RUST_VERSION=1.95
ARG NODE_VERSION=22

# GraphiQL's files are the same for every platform: they are made once, on the builder's own.
FROM --platform=$BUILDPLATFORM node:${NODE_VERSION}-bookworm-slim AS graphiql
WORKDIR /src
# The packages are a layer of their own: they change less often than what is built of them.
COPY packages/graphiql/package.json packages/graphiql/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm,sharing=locked \
    npm ci --no-audit --no-fund --ignore-scripts
COPY packages/graphiql/ ./
RUN npm run build

FROM rust:${RUST_VERSION}-slim-bookworm AS build
WORKDIR /src
COPY . .
COPY --from=graphiql /src/dist packages/graphiql/dist
# The slim image's C compiler is all that aws-lc and SQLite need. The caches outlive a build, but are
# no part of a layer: what is kept is copied out of them.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo build --release --locked -p provider-connections -p nhost-auth-simulator \
        --features provider-connections/graphiql-bundled \
    && mkdir -p /out/data \
    && cp target/release/provider-connections target/release/nhost-auth-simulator /out/

# glibc, libgcc and the root certificates, and nothing else: no shell, no package manager.
FROM gcr.io/distroless/cc-debian12:nonroot AS base
# The image's user `nonroot`, by number: Kubernetes' runAsNonRoot can't judge a name.
USER 65532:65532

FROM base AS simulator
COPY --from=build /out/nhost-auth-simulator /usr/local/bin/nhost-auth-simulator
ENV SIMULATOR_LISTEN=0.0.0.0:4001
EXPOSE 4001
ENTRYPOINT ["/usr/local/bin/nhost-auth-simulator"]

# Last, so that it is what a build without --target makes.
FROM base AS provider-connections
COPY --from=build /out/provider-connections /usr/local/bin/provider-connections
# A new volume takes over the owner of the folder it is mounted on.
COPY --from=build --chown=65532:65532 /out/data /data
VOLUME ["/data"]
ENV LISTEN=0.0.0.0:4000 \
    LOG_FORMAT=json \
    DATABASE_URL=sqlite:///data/provider-connections.db \
    SPOOL_DIR=/data/spool
EXPOSE 4000
# Without a shell in the image, whoever runs it asks /healthz and /readyz from outside.
ENTRYPOINT ["/usr/local/bin/provider-connections"]
CMD ["serve"]
