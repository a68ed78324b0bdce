/** The schema that has the tables. */
export const SCHEMA = 'otelier_identity';
/** The channel of notifications about changes. */
export const CHANNEL = 'otelier_identity_changed';

/**
 * The statements that bring the database to each version of the SQLite schema, of which it has the tables and columns. A released one never
 * changes; new ones are added at the end.
 */
export const POSTGRES_MIGRATIONS: readonly { readonly version: number; readonly statements: string }[] = [
  {
    version: 8,
    statements: `
CREATE SCHEMA IF NOT EXISTS ${SCHEMA};
SET LOCAL search_path TO ${SCHEMA};
CREATE TABLE state (
  one BOOLEAN PRIMARY KEY DEFAULT true CHECK (one),
  id TEXT NOT NULL,
  schema_version INTEGER NOT NULL,
  version BIGINT NOT NULL,
  head TEXT NOT NULL
);
CREATE TABLE changes (
  version BIGINT PRIMARY KEY,
  head TEXT NOT NULL,
  patchset BYTEA NOT NULL
);
CREATE TABLE attempts (
  key BYTEA PRIMARY KEY,
  failures INTEGER NOT NULL,
  until_millis BIGINT NOT NULL
);
CREATE TABLE tenants (
  name TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('active', 'suspended')),
  limits TEXT NOT NULL,
  created_millis BIGINT NOT NULL,
  display_name TEXT NOT NULL DEFAULT ''
);
CREATE TABLE roles (
  name TEXT PRIMARY KEY,
  permissions TEXT NOT NULL,
  masked TEXT NOT NULL DEFAULT ''
);
CREATE TABLE users (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  password TEXT,
  totp_secret BYTEA,
  totp_step BIGINT NOT NULL DEFAULT 0,
  state TEXT NOT NULL CHECK (state IN ('active', 'locked')),
  created_millis BIGINT NOT NULL,
  totp_pending BYTEA,
  seen_millis BIGINT,
  issuer TEXT,
  subject TEXT,
  kind TEXT NOT NULL DEFAULT 'person',
  provisioned TEXT,
  attributes TEXT,
  changed_millis BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX users_by_email ON users (lower(email COLLATE "C"));
CREATE UNIQUE INDEX users_of_provider ON users (issuer, subject);
CREATE UNIQUE INDEX users_by_provisioned ON users (lower(provisioned COLLATE "C"));
CREATE TABLE grants (
  "user" TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  role TEXT NOT NULL,
  tenant TEXT NOT NULL,
  PRIMARY KEY ("user", role, tenant)
);
CREATE TABLE sessions (
  hash BYTEA PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  "user" TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  created_millis BIGINT NOT NULL,
  seen_millis BIGINT NOT NULL,
  expires_millis BIGINT NOT NULL,
  device TEXT NOT NULL,
  address TEXT NOT NULL,
  provider BYTEA,
  recheck_millis BIGINT,
  rechecking_millis BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX sessions_of_user ON sessions ("user");
CREATE TABLE keys (
  id TEXT PRIMARY KEY,
  hash BYTEA NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  tenant TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_millis BIGINT NOT NULL,
  expires_millis BIGINT,
  used_millis BIGINT,
  requests_per_minute BIGINT,
  account TEXT REFERENCES users (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE recovery_codes (
  "user" TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  hash BYTEA NOT NULL,
  PRIMARY KEY ("user", hash)
);
CREATE TABLE invitations (
  hash BYTEA PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  grants TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_millis BIGINT NOT NULL,
  expires_millis BIGINT NOT NULL
);
CREATE TABLE user_groups (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  external_id TEXT,
  created_millis BIGINT NOT NULL,
  changed_millis BIGINT NOT NULL
);
CREATE UNIQUE INDEX user_groups_by_name ON user_groups (lower(name COLLATE "C"));
CREATE TABLE members (
  user_group TEXT NOT NULL REFERENCES user_groups (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  "user" TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (user_group, "user")
);
CREATE TABLE passkeys (
  id TEXT PRIMARY KEY,
  "user" TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  name TEXT NOT NULL,
  public_key BYTEA NOT NULL,
  sign_count BIGINT NOT NULL,
  created_millis BIGINT NOT NULL,
  used_millis BIGINT
);
CREATE TABLE secrets (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);
CREATE TABLE used_challenges (
  hash BYTEA PRIMARY KEY,
  until_millis BIGINT NOT NULL
);`,
  },
  {
    version: 9,
    statements: `
ALTER TABLE ${SCHEMA}.sessions ADD COLUMN is_strong BIGINT NOT NULL DEFAULT 0;
ALTER TABLE ${SCHEMA}.sessions ADD COLUMN provider_session TEXT;`,
  },
];

/** The tables that every gateway has a copy of, in an order in which rows can be inserted. */
export const SHARED_TABLES = [
  ...['tenants', 'roles', 'users', 'grants', 'sessions', 'keys', 'recovery_codes', 'invitations'],
  ...['user_groups', 'members', 'passkeys', 'secrets', 'used_challenges'],
] as const;
