import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { startBulkSink } from './bulk.ts';
import { CONFIGURATIONS, elasticCases, SIGNALS } from './cases.ts';
import { type ElasticOutcome, OUTCOMES } from './outcomes.ts';

/** Records the documents of the Collector's exporter: `node test/interop/elasticsearch/record.ts PROGRAM` (from `go/`). */
const [program = '/tmp/elasticsearch-reference'] = process.argv.slice(2);
const directory = await mkdtemp(join(tmpdir(), 'otelier-elasticsearch-'));
const sink = await startBulkSink();
const names = Object.keys(CONFIGURATIONS);
const ports = await freePorts(names.length);
const pipelines = names.flatMap((name) =>
  SIGNALS.map((signal) => [`${signal}/${name}`, { receivers: [`otlp/${name}`], exporters: [`elasticsearch/${name}`] }]),
);
const config = {
  receivers: Object.fromEntries(
    names.map((name, i) => [`otlp/${name}`, { protocols: { http: { endpoint: `127.0.0.1:${ports[i]}` } } }]),
  ),
  exporters: Object.fromEntries(
    names.map((name) => [
      `elasticsearch/${name}`,
      { endpoint: `${sink.url}/${name}`, sending_queue: { enabled: false }, ...CONFIGURATIONS[name] },
    ]),
  ),
  service: {
    telemetry: { metrics: { level: 'none' }, logs: { level: 'error' } },
    pipelines: Object.fromEntries(pipelines),
  },
};
await writeFile(join(directory, 'config.yaml'), JSON.stringify(config));
const child = spawn(program, ['--config', join(directory, 'config.yaml')], { stdio: 'inherit' });
const outcomes: ElasticOutcome[] = [];
for (const { name, configuration, signal, request } of elasticCases()) {
  const url = `http://127.0.0.1:${ports[names.indexOf(configuration)]}/v1/${signal}`;
  const body = JSON.stringify(request);
  const send = () => fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  // The first request waits for the Collector.
  let response = await send().catch(() => undefined);
  for (; response === undefined; response = await send().catch(() => undefined)) await setTimeout(100);
  if (!response.ok) process.stdout.write(`${name}: ${response.status} ${await response.text()}\n`);
  outcomes.push({ name, documents: sink.take(configuration) });
}
child.kill('SIGTERM');
await sink.close();
await writeFile(OUTCOMES, gzipSync(JSON.stringify(outcomes), { level: 9 }));
await rm(directory, { recursive: true });
const count = outcomes.reduce((sum, { documents }) => sum + documents.length, 0);
process.stdout.write(`${outcomes.length} cases, ${count} documents\n`);
