import { backupStore, restoreStore } from '@otelier/store';
import type { Console } from '../console.ts';
import { requireStore } from '../directory.ts';
import { bytesText } from '../graph/numbers.ts';
import { terminalText } from '../terminal-text.ts';
import { encryptionOf } from './encryption.ts';

/** Options for `otelier store backup`. */
export interface StoreBackupOptions {
  readonly data: string;
  readonly json?: boolean;
}

/** Options for `otelier store restore`. */
export interface StoreRestoreOptions extends StoreBackupOptions {
  readonly skipDamaged?: boolean;
}

/** Backs up a store, and prints what was copied. Sets exit code 1 if files of the store are damaged. */
export async function storeBackupCommand(
  directory: string,
  { data, json }: StoreBackupOptions,
  console: Console,
): Promise<void> {
  requireStore(data);
  const result = await backupStore(data, directory, {
    encryption: await encryptionOf(console),
    onProgress: ({ files, bytes }) => console.progress(() => `${files} files, ${bytesText(bytes)} copied`),
  });
  if (result.damaged.length > 0) process.exitCode = 1;
  if (json) {
    console.print(terminalText(JSON.stringify(result, undefined, 2)));
    return;
  }
  for (const line of result.damaged) console.error(`damaged in the store, copied as it is: ${line}`);
  const { files, bytes, copiedFiles, copiedBytes, removedFiles } = result;
  console.print(
    `backed up ${files} files (${bytesText(bytes)}) to ${directory}: ${copiedFiles} copied (${bytesText(copiedBytes)}), ${removedFiles} removed`,
  );
}

/** Restores a backup, and prints what was restored. Sets exit code 1 if damaged files were skipped. */
export async function storeRestoreCommand(
  backup: string,
  { data, json, skipDamaged }: StoreRestoreOptions,
  console: Console,
): Promise<void> {
  const result = await restoreStore(backup, data, {
    skipDamaged: skipDamaged === true,
    onProgress: ({ files, totalFiles, bytes }) =>
      console.progress(() => `${files} of ${totalFiles} files, ${bytesText(bytes)}`),
  });
  if (result.skipped.length > 0) process.exitCode = 1;
  if (json) {
    console.print(terminalText(JSON.stringify(result, undefined, 2)));
    return;
  }
  for (const line of result.skipped) console.error(`skipped: ${line}`);
  console.print(`restored ${result.files} files (${bytesText(result.bytes)}) to ${data}`);
}
