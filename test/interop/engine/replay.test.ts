import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { recordingReceiver } from '../../../packages/collector/src/component/discovery/observing.testing.ts';
import { dockerObserver } from '../../../packages/collector/src/extensions/docker_observer.ts';
import { statsReadings } from '../../../packages/collector/src/receivers/docker_stats/stats.ts';
import { dockerStats } from '../../../packages/collector/src/receivers/docker_stats.ts';
import { parseDocument } from '../../../packages/collector/src/receivers/scraping/json-paths.ts';
import { startPage } from '../../../packages/collector/src/receivers/scraping/page.testing.ts';
import { readOnce } from '../../../packages/collector/src/receivers/scraping/scraping.testing.ts';
import { readContainerLog } from './container-log.ts';
import { discoveredTargets } from './discovered-targets.ts';
import { LINES, recorded, recordedPath } from './recorded.ts';

const PAGES = [
  [/^\/containers\/json$/, 'containers.json'],
  [/\/json$/, 'container.json'],
  [/\/stats$/, 'stats.json'],
  [/^\/networks$/, 'networks.json'],
] as const;

/** Serves the recorded responses, and sends the recorded events when `removeContainer` is called. */
async function startRecorded(t: Parameters<typeof startPage>[0]) {
  const streams = new Set<ServerResponse>();
  let isRemoved = false;
  const { url } = await startPage(t, (request, response) => {
    const path = request.url?.replace(/\?.*/, '') ?? '';
    if (path === '/events') streams.add(response);
    else if (isRemoved && path.startsWith('/containers/'))
      response.writeHead(404).end('{"message":"no such container"}');
    else response.end(recorded(PAGES.find(([pattern]) => pattern.test(path))?.[1] ?? ''));
  });
  return {
    endpoint: new URL(url).origin,
    async removeContainer() {
      isRemoved = true;
      while (streams.size === 0) await new Promise(setImmediate);
      for (const stream of streams) stream.write(recorded('events.jsonl'));
    },
  };
}

test('docker_observer reads a container of Podman, and the events of its end', async (t) => {
  const engine = await startRecorded(t);
  const { definition, endpoints } = recordingReceiver('docker_observer');
  const config = { endpoint: engine.endpoint, use_host_bindings: true, timeout: '1h' };
  const bench = await createComponentBench(definition, {
    extensions: { docker_observer: { definition: dockerObserver, config } },
  });
  t.after(() => bench.close());
  await bench.start();
  while (endpoints.size !== 5) await new Promise(setImmediate);
  const places = [...endpoints.values()].map(({ target, details }) => `${target} ${details['name']}`).sort();
  assert.match(places.join('\n'), /^(10\.[\d.]+:(13133|4317|4318|4319) web\n){4}127\.0\.0\.1:\d+ web$/);
  await engine.removeContainer();
  while (endpoints.size > 0) await new Promise(setImmediate);
});

test('docker_stats reads the statistics of Podman', async (t) => {
  const { endpoint } = await startRecorded(t);
  const metrics = { 'container.cpu.usage.usermode': { enabled: true }, 'container.pids.count': { enabled: true } };
  const lines = await readOnce(t, dockerStats, { endpoint, metrics, timeout: '1h' });
  const stats = JSON.parse(recorded('stats.json'));
  const used = lines.find((line) => line.includes(' container.cpu.usage.total ')) ?? '';
  assert.ok(used.endsWith(` ${stats.cpu_stats.cpu_usage.total_usage}`), used);
  assert.ok(lines.every((line) => line.includes('web')));
});

test('docker_stats leaves out the time in user mode that Podman reports below 0', () => {
  const readings = statsReadings(parseDocument(recorded('stats-at-start.json'), 'stats'));
  const cpu = Object.fromEntries(readings.map(({ metric, value }) => [metric, value]));
  assert.equal(cpu['container.cpu.usage.total'], 3_899_826n);
  assert.equal(cpu['container.cpu.usage.kernelmode'], 7_974_510n);
  assert.equal('container.cpu.usage.usermode' in cpu, false);
});

test('the discovery of prometheus finds the published port and the network of a container of Podman', async (t) => {
  const [target, ...others] = await discoveredTargets((await startRecorded(t)).endpoint);
  assert.equal(others.length, 0);
  assert.match(target?.['__address__'] ?? '', /^10\.[\d.]+:80$/);
  assert.equal(target?.['__meta_docker_container_name'], '/web');
  assert.equal(target?.['__meta_docker_container_label_team'], 'x');
  assert.equal(target?.['__meta_docker_network_name'], 'shop');
});

test('file_log reads the lines that Podman writes, and joins those that it splits', async () => {
  assert.deepEqual(await readContainerLog(recordedPath('container.log'), 2 * LINES.length), [...LINES, ...LINES]);
});
