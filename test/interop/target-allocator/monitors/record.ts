import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runToEnd } from '../../processes.ts';
import { MONITORS } from './monitors.ts';

/**
 * Records the scrape configurations that the Prometheus operator generates for the monitors:
 * `node test/interop/target-allocator/monitors/record.ts`. Go builds the generator at first, which takes some minutes.
 */
const { code, stdout, stderr } = await runToEnd(['go', 'run', '.'], {}, import.meta.dirname, JSON.stringify(MONITORS));
if (code !== 0) throw new Error(stderr);
const generated = JSON.parse(stdout) as readonly object[][];
const lines = generated.map((configs) => configs.map((config) => JSON.stringify(config)).join('\n'));
await writeFile(join(import.meta.dirname, 'records.jsonl'), `${lines.join('\n')}\n`);
