import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { COPY_FILE, type Identity, openIdentity } from '@otelier/identity';
import type { PostgresOptions } from '@otelier/identity/postgres';
import { EXIT } from '../commands/exit-codes.ts';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';

/** The variable with the URL of the PostgreSQL database: other users of the machine can read the arguments of a command. */
const VARIABLE = 'OTELIER_IDENTITY_DATABASE';

/** Opens the identities of a directory, or of the PostgreSQL database that the environment names. */
export async function openForCommand(
  directory: string,
  { environment }: Console,
  now: () => number,
): Promise<Identity> {
  const options = { directory: resolve(directory), now };
  if (environment[VARIABLE] === undefined) {
    if (existsSync(join(options.directory, COPY_FILE)))
      throw new CommandFailure(
        `${directory}: expected the URL of the PostgreSQL database, of which it has a copy (${COPY_FILE}), in ${VARIABLE}, found none`,
        EXIT.usage,
      );
    return openIdentity(options);
  }
  const { openSharedIdentity } = await import('@otelier/identity/postgres');
  const identity = await openSharedIdentity({ ...options, postgres: postgresOf(environment) });
  try {
    // A copy that is not up to date would print what no longer counts.
    await identity.follow();
    return identity;
  } catch (error) {
    await identity.close();
    throw error;
  }
}

/** Returns the PostgreSQL database that the environment names. Throws a `CommandFailure`. */
export function postgresOf(environment: Console['environment']): PostgresOptions {
  const url = environment[VARIABLE];
  if (url !== undefined && /^postgres(?:ql)?:\/\//.test(url) && URL.canParse(url))
    return { url, maxOutageMillis: 60_000 };
  throw new CommandFailure(
    `${VARIABLE}: expected a URL such as postgresql://otelier:password@db.example.com/otelier`,
    EXIT.usage,
  );
}
