/**
 * Reads the fake daemon with the Collector's receiver and records the points, which `npm test` compares with otelier's.
 *
 *    node test/interop/docker/record.ts COLLECTOR     (built from `go/`)
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { startRecordingHttpServer } from '@otelier/testkit';
import { pointLines } from '../../../packages/collector/src/receivers/scraping/scraping.testing.ts';
import { CONTAINERS } from './containers.ts';
import { startFakeDaemon } from './daemon.ts';
import { comparable, dockerConfig, OUTCOMES } from './outcomes.ts';

const [collector = ''] = process.argv.slice(2);
const directory = await mkdtemp(join(tmpdir(), 'docker-'));
const daemon = await startFakeDaemon(join(directory, 'docker.sock'), CONTAINERS);
const sink = await startRecordingHttpServer();
const config = {
  receivers: { docker_stats: { ...dockerConfig(daemon.url), initial_delay: '0s' } },
  exporters: { otlp_http: { endpoint: sink.url, compression: 'none', sending_queue: { enabled: false } } },
  service: {
    telemetry: { metrics: { level: 'none' } },
    pipelines: { metrics: { receivers: ['docker_stats'], exporters: ['otlp_http'] } },
  },
};
await writeFile(join(directory, 'collector.yaml'), JSON.stringify(config));
const child = spawn(collector, ['--config', join(directory, 'collector.yaml')], { stdio: 'inherit' });
while (sink.requests.length === 0) await setTimeout(50);
child.kill('SIGTERM');
const lines = comparable(pointLines([sink.requests[0]?.body ?? new Uint8Array()]));
await writeFile(OUTCOMES, `${JSON.stringify(lines, undefined, 1)}\n`);
await daemon.close();
await sink.close();
await rm(directory, { recursive: true });
process.stdout.write(`${lines.length} points\n`);
