/**
 * Records how a real Prometheus shows rules and alerts, for `api.test.ts`: `node test/interop/rules/record-api.ts [--peers DIR]`.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { startServer } from '../processes.ts';
import { REQUESTS, RULES, withoutTimes } from './api-requests.ts';

const { values: options } = parseArgs({ options: { peers: { type: 'string', default: join(tmpdir(), 'peers') } } });
const directory = await mkdtemp(join(tmpdir(), 'otelier-record-'));
await writeFile(join(directory, 'rules.yml'), RULES);
await writeFile(join(directory, 'prometheus.yml'), 'rule_files: [rules.yml]\n');
const [port = 0] = await freePorts(1);
const server = await startServer(
  [
    join(options.peers, 'prometheus'),
    `--config.file=${join(directory, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(directory, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=error',
  ],
  [port],
);
try {
  while ((await get('rules')).text.includes('"health":"unknown"')) await setTimeout(200);
  const responses: Record<string, unknown> = {};
  for (const path of REQUESTS) {
    const { status, text } = await get(path);
    responses[path] = { status, body: withoutTimes(text) };
  }
  await writeFile(join(import.meta.dirname, 'api-responses.json'), `${JSON.stringify(responses, undefined, 1)}\n`);
} finally {
  await server.stop();
  await rm(directory, { recursive: true });
}

async function get(path: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`);
  return { status: response.status, text: await response.text() };
}
