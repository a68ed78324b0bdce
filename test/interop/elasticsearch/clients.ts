import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createComponentBench } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { elasticsearchBulk } from '../../../packages/collector/src/receivers/elasticsearch_bulk.ts';
import { portOf, waitForRecords } from '../../../packages/collector/src/receivers/log_stream/read-records.testing.ts';
import type { Comparison } from '../check.ts';
import { runToEnd } from '../processes.ts';

const DIRECTORY = join(import.meta.dirname, '..', '.build', 'elasticsearch');
const COUNT = 1000;

/** A program that indexes documents, whose messages are `line 0` to `line N`, with a client library. */
interface Program {
  readonly name: string;
  readonly run: readonly string[];
  readonly source: string;
}

function javascript(name: string, library: string): Program {
  return {
    name,
    run: [process.execPath],
    source: `
import { Client } from '${library}';
const client = new Client({ node: 'http://127.0.0.1:' + process.argv[2] });
await client.info();
await client.cluster.health();
await client.indices.putIndexTemplate({ name: 't', body: { index_patterns: ['logs-*'] }, index_patterns: ['logs-*'] });
const datasource = Array.from({ length: ${COUNT} - 1 }, (_, i) => ({ '@timestamp': new Date(), message: 'line ' + i, log: { level: 'info' } }));
const result = await client.helpers.bulk({ datasource, flushBytes: 5000, onDocument: () => ({ create: { _index: 'logs-app-default' } }), onDrop: console.error });
if (result.successful !== datasource.length) throw new Error(JSON.stringify(result));
const document = { message: 'line ${COUNT - 1}' };
await client.index({ index: 'logs-app-default', document, body: document });
const { errors, items } = await Promise.resolve(client.bulk({ operations: [{ delete: { _id: '1' } }], body: [{ delete: { _id: '1', _index: 'i' } }] })).then((r) => r.body ?? r);
if (!errors || items[0].delete.status !== 400) throw new Error(JSON.stringify(items));
`,
  };
}

const PYTHON: Program = {
  name: 'index.py',
  run: [join(DIRECTORY, 'python', 'bin', 'python')],
  source: `
import sys
from elasticsearch import Elasticsearch, helpers
client = Elasticsearch('http://127.0.0.1:' + sys.argv[1])
assert client.info()['tagline'] == 'You Know, for Search'
actions = ({'_op_type': 'create', '_index': 'logs-app-default', 'message': 'line %d' % i} for i in range(${COUNT}))
assert helpers.bulk(client, actions)[0] == ${COUNT}
`,
};

const PROGRAMS = [
  javascript('elasticsearch.mjs', '@elastic/elasticsearch'),
  javascript('opensearch.mjs', '@opensearch-project/opensearch'),
  PYTHON,
];

/** Indexes documents with the client libraries of Elasticsearch and OpenSearch for JavaScript and Python. */
export async function compareElasticClients(): Promise<Comparison> {
  await install();
  const mismatches: string[] = [];
  for (const { name, run, source } of PROGRAMS) {
    writeFileSync(join(DIRECTORY, name), source);
    const bench = await createComponentBench(elasticsearchBulk, {
      clock: systemClock,
      config: { endpoint: '127.0.0.1:0' },
    });
    await bench.start();
    const { code, stderr } = await runToEnd([...run, join(DIRECTORY, name), String(portOf(bench))]);
    if (code !== 0) throw new Error(`${name} failed:\n${stderr}`);
    const received = new Set((await waitForRecords(bench, COUNT)).map(({ body }) => body));
    for (let i = 0; i < COUNT; i++) if (!received.has(`line ${i}`)) mismatches.push(`${name}: line ${i} is missing`);
    await bench.close();
  }
  return { compared: PROGRAMS.length * COUNT, mismatches };
}

async function install(): Promise<void> {
  if (existsSync(join(DIRECTORY, 'node_modules', '@elastic'))) return;
  mkdirSync(DIRECTORY, { recursive: true });
  writeFileSync(join(DIRECTORY, 'package.json'), '{ "private": true }\n');
  const libraries = ['@elastic/elasticsearch', '@opensearch-project/opensearch'];
  for (const command of [
    ['python3', '-m', 'venv', 'python'],
    ['python/bin/pip', 'install', '--quiet', 'elasticsearch'],
    ['npm', 'install', '--no-audit', '--no-fund', '--loglevel=error', ...libraries],
  ]) {
    const { code, stdout, stderr } = await runToEnd(command, {}, DIRECTORY);
    if (code !== 0) throw new Error(`${command.join(' ')} failed:\n${stdout}${stderr}`);
  }
}
