import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { IdentityUnavailableError } from '../accounts/errors.ts';
import { LocalThrottle } from '../credentials/throttle.ts';
import { COPY_FILE, DATABASE_FILE, IdentityDatabaseError, openDatabase } from '../database/open-database.ts';
import { type CopyState, Identity, type IdentityOptions } from '../identity.ts';
import { configurationError, PostgresConnection } from './connection.ts';
import { LocalCopy } from './local-copy.ts';
import type { PostgresOptions } from './options.ts';
import { SharedChanges } from './shared-changes.ts';
import { SharedThrottle } from './shared-throttle.ts';

/** Options for `openSharedIdentity`. */
export interface SharedIdentityOptions extends IdentityOptions {
  readonly postgres: PostgresOptions;
}

/**
 * Opens the identities of a PostgreSQL database, of which the directory has a copy. Without a connection, callers are identified by the copy
 * if it is recent enough. Rejects with an `IdentityDatabaseError` if the database is of a newer version, refuses the user, or lacks the
 * accounts that the directory has.
 */
export async function openSharedIdentity(options: SharedIdentityOptions): Promise<Identity> {
  const { directory, postgres, now } = options;
  const database = openCopy(directory);
  const copy = new LocalCopy(database);
  const connection = new PostgresConnection(postgres, now, () => void changes.catchUp().catch(() => undefined));
  const throttle = new SharedThrottle(new PostgresConnection({ ...postgres, onState: undefined }, now), () =>
    connection.requireReachable(),
  );
  let identity: Identity | undefined;
  const changes = new SharedChanges({ connection, copy, now, onChange: () => identity?.tenants.reload() });
  const close = async (): Promise<void> => {
    await changes.idle();
    await throttle.close();
    await connection.close();
  };
  try {
    await connectFirst(changes);
    requireImport(directory, copy);
  } catch (error) {
    await close();
    database.close();
    throw error;
  }
  identity = new Identity(
    {
      ...{ database, changes, throttle },
      copy: {
        rejection: rejectionOf(copy, postgres),
        follow: () => changes.follow(),
        uses: { kept: () => copy.keptUses(), forget: (times) => copy.forgetUses(times) },
        close,
      },
    },
    options,
  );
  return identity;
}

/** Opens the copy of a directory to identify callers, in a thread beside that of `openSharedIdentity`. Nothing can be changed. */
export function openIdentityCopy(options: SharedIdentityOptions): Identity {
  const database = openCopy(options.directory);
  const copy = new LocalCopy(database);
  const state: CopyState = {
    rejection: rejectionOf(copy, options.postgres),
    follow: async () => copy.refresh(),
    uses: { keep: (times) => copy.keepUses(times), kept: () => new Map(), forget: () => undefined },
    close: async () => undefined,
  };
  const changes = {
    run: async () => Promise.reject(new IdentityUnavailableError('this thread only reads the identity database')),
    whenDurable: (action: () => void) => action(),
  };
  return new Identity({ database, changes, throttle: new LocalThrottle(), copy: state }, options);
}

/** Opens the file of a copy. One that is damaged is made anew. */
function openCopy(directory: string): DatabaseSync {
  try {
    return openDatabase(directory, COPY_FILE);
  } catch (error) {
    if (!(error instanceof IdentityDatabaseError)) throw error;
    for (const end of ['', '-wal', '-shm']) rmSync(join(directory, `${COPY_FILE}${end}`), { force: true });
    return openDatabase(directory, COPY_FILE);
  }
}

async function connectFirst(changes: SharedChanges): Promise<void> {
  try {
    await changes.catchUp();
  } catch (error) {
    const reason = configurationError(error);
    if (reason !== undefined)
      throw new IdentityDatabaseError(`identity database: PostgreSQL refuses the connection: ${reason}`);
    if (!(error instanceof IdentityUnavailableError)) throw error;
  }
}

/** Throws unless the accounts of the directory are in PostgreSQL, or it has other ones. */
function requireImport(directory: string, { position }: LocalCopy): void {
  const file = join(directory, DATABASE_FILE);
  if (position?.version !== 0 || !existsSync(file)) return;
  throw new IdentityDatabaseError(
    `${file}: expected its accounts in PostgreSQL, which has none; run \`otelier identity import\`, or move the file away to begin without them`,
  );
}

function rejectionOf(copy: LocalCopy, { maxOutageMillis }: PostgresOptions): CopyState['rejection'] {
  return (nowMillis) => {
    if (copy.position === undefined) return 'the identity database has not been reached yet; try again in a moment';
    if (nowMillis - copy.confirmedMillis <= maxOutageMillis) return undefined;
    return 'the identity database cannot be reached for too long; try again in a moment';
  };
}
