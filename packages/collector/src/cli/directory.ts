import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailure } from './failure.ts';

/** Opening makes a store; a command that only reads must not make one where there is none. */
export function requireStore(directory: string): void {
  if (!existsSync(join(directory, 'store.json')))
    throw new CommandFailure(
      `There is no store in ${directory}: expected the folder that was given with --data, which has a file store.json.`,
    );
}
