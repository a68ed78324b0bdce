import { writeFile } from 'node:fs/promises';
import { generateKeyPair } from '@otelier/sdk/seal';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';

/** Creates a private key in a file that only its owner can read, and prints the public key. Never replaces a file. */
export async function createKeyCommand(file: string, console: Console): Promise<void> {
  const { publicKey, privateKey } = await generateKeyPair();
  try {
    await writeFile(file, `${privateKey}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'EEXIST' ? 'the file exists' : String(error);
    throw new CommandFailure(`cannot write ${file}: ${reason}`);
  }
  console.print(publicKey);
}
