import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { verifyJournal } from '@otelier/journal';
import type { StoreEncryptionOptions } from '../encryption/contract.ts';
import { openerOf } from '../encryption/open-encryption.ts';
import type { FileOpener } from '../parquet/file-bytes.ts';
import { verifyParquet } from '../parquet/verify.ts';
import type { StoreFinding, StoreVerification } from '../verification.ts';
import { stateDirectory } from './manifest.ts';
import { damageOf, requireManifest } from './restore.ts';

type Damaged = (path: string, message: string) => void;

/** Verifies every file of a backup against its checksums, without changing anything. */
export async function verifyBackup(
  backup: string,
  onFinding: (finding: StoreFinding) => void,
  onProgress?: (verification: StoreVerification) => void,
  encryption?: StoreEncryptionOptions,
): Promise<StoreVerification> {
  const counts = { files: 0, rows: 0, journals: 0, records: 0, damaged: 0 };
  const damaged: Damaged = (path, message) => {
    counts.damaged += 1;
    onFinding({ kind: 'damaged', path, message: message.replaceAll(`${join(backup, path)}: `, '') });
  };
  const { files, generation } = requireManifest(backup);
  const opener = await openerOf(join(backup, stateDirectory(generation)), encryption);
  const journals = new Set<string>();
  for (const file of files) {
    const journal = /^state-\d+\/journal\/[^/]+/.exec(file.path)?.[0];
    if (journal !== undefined) journals.add(journal);
    const damage = await damageOf(backup, file);
    if (damage !== undefined) damaged(file.path, damage);
    if (file.path.endsWith('.parquet')) {
      counts.files += 1;
      if (damage === undefined) counts.rows += verifyData(backup, file.path, damaged, opener);
    }
    onProgress?.(counts);
  }
  for (const journal of journals) {
    if (!existsSync(join(backup, journal))) continue;
    const { records, damage } = await verifyJournal(join(backup, journal));
    counts.journals += 1;
    counts.records += records;
    for (const { message, bytes } of damage) damaged(journal, `${message}; ${bytes} bytes of records cannot be read`);
  }
  return counts;
}

/** Reports damage that a data file already had when it was copied. Returns its number of rows. */
function verifyData(backup: string, path: string, damaged: Damaged, opener: FileOpener): number {
  const { rows, damage, damagedRows } = verifyParquet(join(backup, path), opener);
  if (damage.length > 0) damaged(path, `${damage.join('; ')}; ${damagedRows} of ${rows} rows affected`);
  return rows;
}
