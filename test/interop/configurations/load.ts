/**
 * Loads public Collector configurations. Prints those that load, and the features that others require, by frequency:
 *
 *     node test/interop/configurations/load.ts DIR [LIST]
 *
 * DIR contains a clone of each repository, named `owner+name` or `owner+name/repo`. LIST is `configurations`, `general` or
 * `refused`, of which the Collector's messages are printed beside those of otelier.
 */
import { type Loaded, loadConfig } from '../../../packages/collector/src/index.ts';
import { registry } from '../../../packages/collector/src/registry.generated.ts';
import { type RefusedConfiguration, readList, textOf } from './clones.ts';
import { environmentsOf } from './values.ts';

/** Files that exist only in the containers of configurations. */
const MISSING_FILE = /there is no such file$/;

async function check(directory: string, name: string): Promise<void> {
  const list = readList<Partial<Pick<RefusedConfiguration, 'collector'>> & RefusedConfiguration>(name);
  const lacking = new Map<string, number>();
  let loaded = 0;
  let withoutFiles = 0;
  for (const configuration of list) {
    const { repository, path, collector } = configuration;
    const result = await load(path, textOf(directory, configuration));
    if (result.ok) loaded++;
    const errors = result.ok ? [] : result.errors.filter(({ message }) => !/^no effect/.test(message));
    if (errors.length > 0 && errors.every(({ message }) => MISSING_FILE.test(message))) withoutFiles++;
    if (result.ok && collector === undefined) continue;
    console.log(`${repository} ${path}`);
    if (collector !== undefined) console.log(`  the Collector: ${collector}`);
    if (result.ok) console.log('  otelier: loads');
    for (const { path: keys = '', message } of errors) {
      console.log(`  ${keys}: ${message}`);
      const subject = keys.split('.').slice(0, 2).join('.').replace(/\/.*/, '');
      lacking.set(subject, (lacking.get(subject) ?? 0) + 1);
    }
  }
  for (const [subject, count] of [...lacking].sort(([, left], [, right]) => right - left)) console.log(count, subject);
  console.log(`${loaded} of ${list.length} load, ${withoutFiles} more where the files exist that they name`);
}

/** Loads a configuration with the environment that gives the fewest errors. */
async function load(name: string, text: string): Promise<Loaded> {
  let best: Loaded | undefined;
  for (const environment of environmentsOf(text)) {
    const result = await loadConfig({ sources: [{ name, text }], environment, registry });
    if (result.ok) return result;
    if (best === undefined || (!best.ok && result.errors.length < best.errors.length)) best = result;
  }
  if (best === undefined) throw new Error(`${name}: expected an environment`);
  return best;
}

await check(process.argv[2] ?? '.', process.argv[3] ?? 'configurations');
