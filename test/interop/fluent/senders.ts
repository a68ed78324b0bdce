import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createComponentBench } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { fluentForward } from '../../../packages/collector/src/receivers/fluent_forward.ts';
import { portOf, waitForRecords } from '../../../packages/collector/src/receivers/log_stream/read-records.testing.ts';
import type { Comparison } from '../check.ts';
import { runToEnd } from '../processes.ts';

const DIRECTORY = join(import.meta.dirname, '..', '.build', 'fluent');
const SHARED_KEY = 'a long secret';
const MODES = ['Message', 'Forward', 'PackedForward', 'CompressedPackedForward'];

/** A program that sends log records, whose bodies are `line 0` to `line N`, to a port with a client library. */
interface Program {
  readonly name: string;
  readonly run: readonly string[];
  readonly source: string;
  readonly records: number;
  readonly isAuthenticated: boolean;
}

const PYTHON: Program = {
  name: 'send.py',
  run: [join(DIRECTORY, 'python', 'bin', 'python')],
  records: 1000,
  isAuthenticated: false,
  source: `
import sys
from fluent import sender
for n in range(2):
    client = sender.FluentSender('python', host='127.0.0.1', port=int(sys.argv[1]), nanosecond_precision=n == 1)
    for i in range(500):
        assert client.emit('app', {'message': 'line %d' % (n * 500 + i), 'nested': {'a': [1, 2.5, None, True]}})
    client.close()
`,
};

const JAVASCRIPT: Program = {
  name: 'send.mjs',
  run: [process.execPath],
  records: MODES.length * 250,
  isAuthenticated: true,
  source: `
import { FluentClient } from '@fluent-org/logger';
let line = 0;
for (const eventMode of ${JSON.stringify(MODES)}) {
  const client = new FluentClient('js', {
    eventMode, ack: { ackTimeout: 10000 }, flushInterval: 5,
    socket: { host: '127.0.0.1', port: Number(process.argv[2]) },
    security: { clientHostname: 'client', sharedKey: ${JSON.stringify(SHARED_KEY)} },
  });
  await client.connect();
  await Promise.all(Array.from({ length: 250 }, () => client.emit({ message: 'line ' + line++ })));
  await client.disconnect();
}
`,
};

/** Sends with the client libraries for Python and JavaScript, the latter with acknowledgments and a shared key. */
export async function compareFluentSenders(): Promise<Comparison> {
  await install();
  const mismatches: string[] = [];
  let compared = 0;
  for (const { name, run, source, records, isAuthenticated } of [PYTHON, JAVASCRIPT]) {
    writeFileSync(join(DIRECTORY, name), source);
    const bench = await createComponentBench(fluentForward, {
      clock: systemClock,
      config: { endpoint: '127.0.0.1:0', ...(isAuthenticated && { security: { shared_key: SHARED_KEY } }) },
    });
    await bench.start();
    const { code, stderr } = await runToEnd([...run, join(DIRECTORY, name), String(portOf(bench))]);
    if (code !== 0) throw new Error(`${name} failed:\n${stderr}`);
    const received = new Set((await waitForRecords(bench, records)).map(({ body }) => body));
    for (let i = 0; i < records; i++) if (!received.has(`line ${i}`)) mismatches.push(`${name}: line ${i} is missing`);
    compared += records;
    await bench.close();
  }
  return { compared, mismatches };
}

async function install(): Promise<void> {
  if (existsSync(join(DIRECTORY, 'node_modules', '@fluent-org'))) return;
  mkdirSync(DIRECTORY, { recursive: true });
  writeFileSync(join(DIRECTORY, 'package.json'), '{ "private": true }\n');
  for (const command of [
    ['python3', '-m', 'venv', 'python'],
    ['python/bin/pip', 'install', '--quiet', 'fluent-logger'],
    ['npm', 'install', '--no-audit', '--no-fund', '--loglevel=error', '@fluent-org/logger'],
  ]) {
    const { code, stdout, stderr } = await runToEnd(command, {}, DIRECTORY);
    if (code !== 0) throw new Error(`${command.join(' ')} failed:\n${stdout}${stderr}`);
  }
}
