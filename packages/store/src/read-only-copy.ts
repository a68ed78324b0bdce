import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { verifyJournal } from '@otelier/journal';
import { LINKED_STORE } from './schema.ts';
import type { Positions } from './write/protocol.ts';

/**
 * A temporary directory with the layout of a store: links to a read-only store's files, and space for the rows that are
 * only in the journal.
 */
export interface ReadOnlyCopy {
  readonly directory: string;
  /** End positions of the journals. */
  readonly positions: Positions;
  /** Start positions of the journals. */
  readonly firstPositions: Positions;
  remove(): void;
}

/** Creates a temporary directory with links to all of a store's files. */
export async function linkStore(directory: string): Promise<ReadOnlyCopy> {
  const copy = mkdtempSync(join(tmpdir(), 'otelier-read-only-'));
  try {
    for (const name of ['store.json', 'positions.json', 'journal']) link(directory, copy, name);
    symlinkSync(directory, join(copy, LINKED_STORE));
    const data = join(directory, 'data');
    const files = existsSync(data) ? readdirSync(data, { recursive: true, encoding: 'utf8' }) : [];
    for (const name of files) if (name.endsWith('.parquet')) link(data, join(copy, 'data'), name);
    return {
      directory: copy,
      ...(await readPositions(join(directory, 'journal'))),
      remove: () => rmSync(copy, { recursive: true, force: true }),
    };
  } catch (error) {
    rmSync(copy, { recursive: true, force: true });
    throw error;
  }
}

function link(from: string, to: string, name: string): void {
  const target = join(from, name);
  if (!existsSync(target)) return;
  const path = join(to, name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

async function readPositions(directory: string): Promise<Pick<ReadOnlyCopy, 'positions' | 'firstPositions'>> {
  const positions: Record<string, number> = {};
  const firstPositions: Record<string, number> = {};
  const entries = existsSync(directory) ? readdirSync(directory, { withFileTypes: true }) : [];
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const report = await verifyJournal(join(directory, entry.name));
    positions[entry.name] = report.endPosition;
    firstPositions[entry.name] = report.firstPosition;
  }
  return { positions, firstPositions };
}
