import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { recordLines } from '../stanza/normalize.ts';
import { fluentCases } from './cases.ts';
import { type FluentOutcome, OUTCOMES } from './outcomes.ts';
import { send } from './send.ts';

/** Records what the Collector's receiver makes of the cases: `node test/interop/fluent/record.ts PROGRAM` (from `go/`). */
const [program = '/tmp/fluent-reference'] = process.argv.slice(2);
const directory = await mkdtemp(join(tmpdir(), 'otelier-fluent-'));
const output = join(directory, 'out.jsonl');
const [port = 0] = await freePorts(1);
await writeFile(output, '');
await writeFile(
  join(directory, 'config.yaml'),
  JSON.stringify({
    receivers: { fluent_forward: { endpoint: `127.0.0.1:${port}` } },
    exporters: { file: { path: output } },
    service: {
      telemetry: { metrics: { level: 'none' }, logs: { level: 'error' } },
      pipelines: { logs: { receivers: ['fluent_forward'], exporters: ['file'] } },
    },
  }),
);
const child = spawn(program, ['--config', join(directory, 'config.yaml')], { stdio: 'inherit' });
// The first message is no case: it waits for the Collector.
while (
  (await send(port, Buffer.from([0x94, 0xa1, 0x61, 0, 0x80, 0x81, 0xa5, ...Buffer.from('chunk'), 0xa1, 0x62]))) ===
  'closed'
)
  await setTimeout(100);
let read = (await lines()).length;
const outcomes: FluentOutcome[] = [];
for (const { name, message } of fluentCases()) {
  const outcome = await send(port, message);
  const all = await lines();
  const own = all.slice(read).map((line) => JSON.parse(line));
  read = all.length;
  outcomes.push({ name, outcome, lines: recordLines(own, directory) });
}
child.kill('SIGTERM');
await writeFile(OUTCOMES, gzipSync(JSON.stringify(outcomes), { level: 9 }));
await rm(directory, { recursive: true });
process.stdout.write(`${outcomes.length} cases\n`);

async function lines(): Promise<string[]> {
  return (await readFile(output, 'utf8')).split('\n').filter(Boolean);
}
