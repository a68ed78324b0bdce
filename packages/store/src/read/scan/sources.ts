import type { Condition } from '../../contract.ts';
import { mayBeInMap } from '../../scan/block.ts';
import type { Files } from '../shared/files.ts';
import type { ScanSource } from './protocol.ts';

/** Returns the files of a query to scan. */
export function sourcesOf(files: Files, conditions: readonly Condition[]): readonly ScanSource[] {
  const prefix = 'attributes.';
  const fields = conditions.map(({ field }) => field).filter((field) => field.startsWith(prefix));
  const keys = [...new Set(fields)].map((field) => field.slice(prefix.length));
  return files.all.map((file) => {
    const { path, minTime, maxTime } = file;
    return { path, minTime, maxTime, mapKeys: keys.filter((key) => mayBeInMap(file, key)) };
  });
}
