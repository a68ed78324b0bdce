import { type StoreFinding, verifyStore } from '@otelier/store';
import type { Console } from './console.ts';
import { requireStore } from './directory.ts';

/** Options for `otelier store verify`. */
export interface StoreVerifyOptions {
  readonly data: string;
}

/** Verifies a store's checksums, prints a line for each damaged file, and sets exit code 1 if there are any. */
export async function storeVerifyCommand({ data }: StoreVerifyOptions, console: Console): Promise<void> {
  requireStore(data);
  const { files, rows, journals, records, damaged } = await verifyStore(data, (finding) => {
    console.print(`${LABELS[finding.kind]}: ${finding.path}: ${finding.message}`);
  });
  console.print(
    `${damaged === 0 ? 'no damage' : `${damaged} damaged`}: checked ${files} files with ${rows} rows, ${journals} journals with ${records} records`,
  );
  if (damaged > 0) process.exitCode = 1;
}

const LABELS: Readonly<Record<StoreFinding['kind'], string>> = {
  damaged: 'damaged',
  'no-checksums': 'no checksums',
  unfinished: 'unfinished',
};
