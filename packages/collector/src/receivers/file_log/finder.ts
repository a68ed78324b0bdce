import { statSync } from 'node:fs';
import type { Clock } from '@otelier/transport';
import type { FileLogConfig } from './config.ts';
import { globFinder, globMatcher } from './glob-paths.ts';
import { createOrder } from './order.ts';

/** Finds the files to read, in the order of the configuration. */
export type FindFiles = () => readonly string[];

/** Creates the finder of a configuration. Throws if a glob or a criterion is invalid. */
export function createFinder(config: FileLogConfig, clock: Clock): FindFiles {
  const finders = config.include.map(globFinder);
  const excludes = config.exclude.map(globMatcher);
  const order = createOrder(config.orderingCriteria, () => clock.now());
  const { excludeOlderThan } = config;
  return () => {
    const found = new Set<string>();
    for (const find of finders)
      find((path) => {
        if (!excludes.some((isExcluded) => isExcluded(path))) found.add(path);
      });
    const paths = [...found];
    if (excludeOlderThan === 0 && order === undefined) return paths;
    const oldest = clock.now() - excludeOlderThan;
    const recent = excludeOlderThan === 0 ? paths : paths.filter((path) => changedMillis(path) >= oldest);
    return order?.(recent) ?? recent;
  };
}

function changedMillis(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
