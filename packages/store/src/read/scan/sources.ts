import type { Condition } from '../../contract.ts';
import { alternativesOf } from '../../requests.ts';
import { mayBeInMap } from '../../scan/block.ts';
import type { Files } from '../shared/files.ts';
import type { ScanSource } from './protocol.ts';

/** Returns the files of a query to scan. `others` are attributes that it reads besides those of the conditions. */
export function sourcesOf(
  files: Files,
  conditions: readonly Condition[],
  others: readonly string[] = [],
): readonly ScanSource[] {
  const prefix = 'attributes.';
  const fields = conditions
    .flatMap(alternativesOf)
    .map(({ field }) => field)
    .filter((field) => field.startsWith(prefix));
  const keys = [...new Set([...fields.map((field) => field.slice(prefix.length)), ...others])];
  return files.all.map((file) => {
    const { path, minTime, maxTime } = file;
    return { path, minTime, maxTime, mapKeys: keys.filter((key) => mayBeInMap(file, key)) };
  });
}
