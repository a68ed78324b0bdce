/**
 * The statements that bring the database from each version to the next. A released one never changes; new ones are added
 * at the end.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE tenants (
     name TEXT PRIMARY KEY,
     state TEXT NOT NULL CHECK (state IN ('active', 'suspended')),
     limits TEXT NOT NULL,
     created_millis INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE roles (
     name TEXT PRIMARY KEY,
     permissions TEXT NOT NULL
   ) STRICT;
   CREATE TABLE users (
     id TEXT PRIMARY KEY,
     email TEXT NOT NULL UNIQUE COLLATE NOCASE,
     name TEXT NOT NULL,
     password TEXT,
     totp_secret BLOB,
     totp_step INTEGER NOT NULL DEFAULT 0,
     state TEXT NOT NULL CHECK (state IN ('active', 'locked')),
     created_millis INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE grants (
     user TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
     role TEXT NOT NULL,
     tenant TEXT NOT NULL,
     PRIMARY KEY (user, role, tenant)
   ) STRICT;
   CREATE TABLE sessions (
     hash BLOB PRIMARY KEY,
     id TEXT NOT NULL UNIQUE,
     user TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
     created_millis INTEGER NOT NULL,
     seen_millis INTEGER NOT NULL,
     expires_millis INTEGER NOT NULL,
     device TEXT NOT NULL,
     address TEXT NOT NULL
   ) STRICT;
   CREATE INDEX sessions_of_user ON sessions (user);
   CREATE TABLE keys (
     id TEXT PRIMARY KEY,
     hash BLOB NOT NULL,
     name TEXT NOT NULL,
     role TEXT NOT NULL,
     tenant TEXT NOT NULL,
     created_by TEXT NOT NULL,
     created_millis INTEGER NOT NULL,
     expires_millis INTEGER,
     used_millis INTEGER,
     requests_per_minute INTEGER
   ) STRICT;`,
  `ALTER TABLE users ADD COLUMN totp_pending BLOB;
   ALTER TABLE users ADD COLUMN seen_millis INTEGER;
   ALTER TABLE roles ADD COLUMN masked TEXT NOT NULL DEFAULT '';
   CREATE TABLE recovery_codes (
     user TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
     hash BLOB NOT NULL,
     PRIMARY KEY (user, hash)
   ) STRICT;`,
  "ALTER TABLE tenants ADD COLUMN display_name TEXT NOT NULL DEFAULT '';",
  `ALTER TABLE users ADD COLUMN issuer TEXT;
   ALTER TABLE users ADD COLUMN subject TEXT;
   CREATE UNIQUE INDEX users_of_provider ON users (issuer, subject);
   ALTER TABLE sessions ADD COLUMN provider BLOB;
   ALTER TABLE sessions ADD COLUMN recheck_millis INTEGER;`,
  `ALTER TABLE users ADD COLUMN kind TEXT NOT NULL DEFAULT 'person';
   ALTER TABLE keys ADD COLUMN account TEXT REFERENCES users (id) ON DELETE CASCADE;
   CREATE TABLE invitations (
     hash BLOB PRIMARY KEY,
     id TEXT NOT NULL UNIQUE,
     email TEXT NOT NULL,
     grants TEXT NOT NULL,
     created_by TEXT NOT NULL,
     created_millis INTEGER NOT NULL,
     expires_millis INTEGER NOT NULL
   ) STRICT;`,
  `ALTER TABLE users ADD COLUMN provisioned TEXT COLLATE NOCASE;
   ALTER TABLE users ADD COLUMN attributes TEXT;
   ALTER TABLE users ADD COLUMN changed_millis INTEGER NOT NULL DEFAULT 0;
   CREATE UNIQUE INDEX users_by_provisioned ON users (provisioned);
   CREATE TABLE user_groups (
     id TEXT PRIMARY KEY,
     name TEXT NOT NULL UNIQUE COLLATE NOCASE,
     external_id TEXT,
     created_millis INTEGER NOT NULL,
     changed_millis INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE members (
     user_group TEXT NOT NULL REFERENCES user_groups (id) ON DELETE CASCADE,
     user TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
     PRIMARY KEY (user_group, user)
   ) STRICT;`,
  `CREATE TABLE passkeys (
     id TEXT PRIMARY KEY,
     user TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
     name TEXT NOT NULL,
     public_key BLOB NOT NULL,
     sign_count INTEGER NOT NULL,
     created_millis INTEGER NOT NULL,
     used_millis INTEGER
   ) STRICT;`,
  `CREATE TABLE secrets (
     name TEXT PRIMARY KEY,
     value TEXT NOT NULL
   ) STRICT;
   CREATE TABLE used_challenges (
     hash BLOB PRIMARY KEY,
     until_millis INTEGER NOT NULL
   ) STRICT;
   ALTER TABLE sessions ADD COLUMN rechecking_millis INTEGER NOT NULL DEFAULT 0;`,
  `ALTER TABLE sessions ADD COLUMN is_strong INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE sessions ADD COLUMN provider_session TEXT;
   CREATE INDEX sessions_of_provider ON sessions (provider_session);`,
];
