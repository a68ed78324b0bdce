import { type StoreFinding, verifyStore } from '@otelier/store';
import type { Console } from './console.ts';
import { requireStore } from './directory.ts';

/** What `otelier store verify` was called with. */
export interface StoreVerifyOptions {
  readonly data: string;
}

/** Checks every file of a store against its checksums, prints a line for each that is damaged, and sets exit code 1 if any is. */
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
