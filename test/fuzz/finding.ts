import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A defect and the input that caused it. */
export interface Finding {
  /** What was expected and what happened instead. */
  readonly defect: string;
  /** The input that was sent. */
  readonly input: Uint8Array;
}

/** Saves the input to a directory outside the repository and returns the file's path. */
export async function saveInput(target: string, seed: number, index: number, input: Uint8Array): Promise<string> {
  const directory = join(tmpdir(), 'otelier-fuzz');
  await mkdir(directory, { recursive: true });
  const file = join(directory, `${target}-${seed}-${index}.bin`);
  await writeFile(file, input);
  return file;
}
