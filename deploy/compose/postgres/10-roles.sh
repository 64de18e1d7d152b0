#!/bin/sh
# Creates what Nhost Auth's migrations and this server need in a database. PostgreSQL's image runs it once,
# when the volume is empty.
set -eu

psql -v ON_ERROR_STOP=1 --no-psqlrc --quiet --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  -v database="$POSTGRES_DB" -v password="$PROVIDER_CONNECTIONS_DATABASE_PASSWORD" <<'SQL'
-- Nhost Auth's first migration creates tables in this schema, and expects it to exist.
CREATE SCHEMA auth;
CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pgcrypto WITH SCHEMA public;

-- This server's role can access only its own schema: docs/operations.md
CREATE ROLE provider_connections LOGIN PASSWORD :'password';
CREATE SCHEMA provider_connections AUTHORIZATION provider_connections;
GRANT CONNECT ON DATABASE :"database" TO provider_connections;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
SQL
