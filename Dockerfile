# syntax=docker/dockerfile:1@sha256:ecfaec9ed6d810b56388c508f4121597bfbba70d41a6dfeee4d8cad5f295fc32

# Two images from one build:
#   docker build -t provider-connections .                                the server
#   docker build -t nhost-auth-simulator --target simulator .             the simulator
#
# Every base is pinned by the digest of its index, which covers all platforms: the same commit builds
# on the same bases. `scripts/base-images` checks whether a digest still matches its tag, and pins a newer one.

# GraphiQL's files are the same for every platform, so they are built once, on the builder's own.
FROM --platform=$BUILDPLATFORM node:22-bookworm-slim@sha256:48e4b67d85f87bd551df43704e24d252f56cc5f8e9718841aace50f19948f0f9 AS graphiql
WORKDIR /src
# The packages are a separate layer, because they change less often than the code.
COPY packages/graphiql/package.json packages/graphiql/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm,sharing=locked \
    npm ci --no-audit --no-fund --ignore-scripts
COPY packages/graphiql/ ./
RUN npm run build

# The toolchain of rust-toolchain.toml.
FROM rust:1.95.0-slim-bookworm@sha256:d7482085ff5b415f84dba5647ae71606650bdef00db7aeb69f4b3d170c3e4082 AS build
WORKDIR /src
COPY . .
COPY --from=graphiql /src/dist packages/graphiql/dist
# Released builds have it; .cargo/config.toml leaves it out for faster tests.
ENV AWS_LC_SYS_NO_JITTER_ENTROPY=0
# aws-lc and SQLite need only the slim image's C compiler. The caches outlive a build, but aren't part of a
# layer, so the binaries are copied out of them.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo build --release --locked -p provider-connections -p nhost-auth-simulator \
        --features provider-connections/graphiql-bundled \
    && mkdir -p /out/data \
    && cp target/release/provider-connections target/release/nhost-auth-simulator /out/

# Only glibc, libgcc and the root certificates: no shell, no package manager.
FROM gcr.io/distroless/cc-debian12:nonroot@sha256:9dac0a79194e45a7da0158a9c6da57b217585af0786db3845d1f0ec1a0dd182f AS base
# The image's user `nonroot`, by number, because Kubernetes' runAsNonRoot can't check a name.
USER 65532:65532

FROM base AS simulator
COPY --from=build /out/nhost-auth-simulator /usr/local/bin/nhost-auth-simulator
ENV SIMULATOR_LISTEN=0.0.0.0:4001
EXPOSE 4001
ENTRYPOINT ["/usr/local/bin/nhost-auth-simulator"]

# Last, so that a build without --target builds it.
FROM base AS provider-connections
COPY --from=build /out/provider-connections /usr/local/bin/provider-connections
# A new volume inherits the owner of the folder it is mounted on.
COPY --from=build --chown=65532:65532 /out/data /data
VOLUME ["/data"]
ENV LISTEN=0.0.0.0:4000 \
    LOG_FORMAT=json \
    DATABASE_URL=sqlite:///data/provider-connections.db \
    SPOOL_DIR=/data/spool
EXPOSE 4000
# The image has no shell: check /healthz and /readyz from outside.
ENTRYPOINT ["/usr/local/bin/provider-connections"]
CMD ["serve"]
