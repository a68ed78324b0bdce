import { parse } from 'yaml';
import { EXIT } from '../commands/exit-codes.ts';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';

/** Environment variable with the settings `encryption` of a store, as YAML or JSON, for commands that open it. */
const VARIABLE = 'OTELIER_ENCRYPTION';

/** Returns how a command decrypts a store, if `OTELIER_ENCRYPTION` says so. */
export async function encryptionOf({ environment }: Pick<Console, 'environment'>) {
  const text = environment[VARIABLE];
  if (text === undefined || text === '') return undefined;
  const { parseEncryption, storeEncryption } = await import('../../component/encryption/encryption-config.ts');
  try {
    return await storeEncryption(parseEncryption(camelKeys(parse(text))), environment);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(
      `${VARIABLE}: expected settings such as {provider: file, path: keys}: ${reason}`,
      EXIT.usage,
    );
  }
}

/** Keys of settings are in snake case, as in a configuration. */
function camelKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      one,
    ]),
  );
}
