import { type StoreFinding, verifyStore } from '@otelier/store';
import type { Console } from '../console.ts';
import { requireStoreOrBackup } from '../directory.ts';
import { terminalText } from '../terminal-text.ts';
import { encryptionOf } from './encryption.ts';

/** Options for `otelier store verify`. */
export interface StoreVerifyOptions {
  readonly data: string;
  readonly json?: boolean;
}

/** Verifies the checksums of a store or a backup, prints a line for each damaged file, and sets exit code 1 if there are any. */
export async function storeVerifyCommand({ data, json }: StoreVerifyOptions, console: Console): Promise<void> {
  requireStoreOrBackup(data);
  const findings: StoreFinding[] = [];
  const counts = await verifyStore(
    data,
    (finding) => {
      findings.push(finding);
      if (!json) console.print(`${LABELS[finding.kind]}: ${finding.path}: ${finding.message}`);
    },
    ({ files, rows }) => console.progress(() => `${files} files, ${rows.toLocaleString('en')} rows`),
    await encryptionOf(console),
  );
  const { files, rows, journals, records, damaged } = counts;
  console.print(
    json
      ? terminalText(JSON.stringify({ ...counts, findings }, undefined, 2))
      : `${damaged === 0 ? 'no damage' : `${damaged} damaged`}: checked ${files} files with ${rows} rows, ${journals} journals with ${records} records`,
  );
  if (damaged > 0) process.exitCode = 1;
}

const LABELS: Readonly<Record<StoreFinding['kind'], string>> = {
  damaged: 'damaged',
  'no-checksums': 'no checksums',
  unfinished: 'unfinished',
};
