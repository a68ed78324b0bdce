import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { errorMessage } from '../../../component/error-message.ts';
import { DirectoryWatch } from '../../../component/files/directory-watch.ts';
import type { DiscoveryConfig } from '../config/discovery.ts';
import type { DiscoveredLabels } from '../labels/target-labels.ts';
import { type Discovery, type DiscoveryContext, parseGroups, targetsOf } from './discovery.ts';
import { refreshing } from './refresh.ts';

/** Time after a change of a file until it is read, so that a writer can finish. */
const SETTLE_MILLIS = 100;

/**
 * Creates a discovery that reads target groups from files, at an interval and when a file changes. A file that is
 * invalid keeps its former targets.
 */
export function createFileDiscovery(
  { files, refreshInterval }: DiscoveryConfig['fileSdConfigs'][number],
  context: DiscoveryContext,
): Discovery {
  const { clock, logger, job } = context;
  const known = new Map<string, readonly DiscoveredLabels[]>();
  const failures = new Map<string, string>();
  const readAll = async (): Promise<readonly DiscoveredLabels[]> => {
    const paths = (await Promise.all(files.map(pathsOf))).flat();
    for (const path of known.keys()) if (!paths.includes(path)) known.delete(path);
    for (const path of paths) {
      try {
        known.set(path, await readTargets(path));
        failures.delete(path);
      } catch (error) {
        const reason = errorMessage(error);
        if (failures.get(path) !== reason)
          logger.warn({ job, path, reason }, 'target file is invalid, keeping its targets');
        failures.set(path, reason);
      }
    }
    return [...known.values()].flat();
  };
  const refreshed = refreshing({ source: files.join(', '), intervalMillis: refreshInterval, read: readAll }, context);
  let watch: DirectoryWatch | undefined;
  let reading: Promise<void> = Promise.resolve();
  return {
    async start(onTargets) {
      const check = async (): Promise<boolean> => {
        reading = readAll().then(onTargets, () => {});
        await reading;
        return false;
      };
      // The refresh interval finds changes that the file system does not report.
      watch = new DirectoryWatch({ clock, settleMillis: SETTLE_MILLIS, maxSettleMillis: SETTLE_MILLIS, check });
      watch.watch(files);
      await refreshed.start(onTargets);
    },
    async stop() {
      watch?.close();
      await reading;
      await refreshed.stop();
    },
  };
}

/** Returns the files that a path with `*` in its last part stands for. */
async function pathsOf(pattern: string): Promise<string[]> {
  const name = basename(pattern);
  if (!name.includes('*')) return [pattern];
  const expression = new RegExp(
    `^${name
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^/]*')}$`,
  );
  const directory = dirname(pattern);
  const names = await readdir(directory).catch(() => []);
  return names
    .filter((one) => expression.test(one))
    .sort()
    .map((one) => join(directory, one));
}

async function readTargets(path: string): Promise<readonly DiscoveredLabels[]> {
  const text = await readFile(path, 'utf8');
  const extension = extname(path).toLowerCase();
  let value: unknown;
  if (extension === '.json') value = JSON.parse(text);
  else if (extension === '.yml' || extension === '.yaml') value = (await import('yaml')).parse(text) ?? [];
  else throw new Error(`expected a file that ends in .json, .yml or .yaml, got ${extension || 'none of them'}`);
  return parseGroups(value).flatMap((group) => targetsOf(group, { __meta_filepath: path }));
}
