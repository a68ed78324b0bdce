import { basename } from 'node:path';

/** The name of the runtime's file; `undefined` where the program may not know it, as in Deno without permissions. */
export function executableName(): string | undefined {
  try {
    return basename(process.execPath);
  } catch {
    return undefined;
  }
}
