import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../config/load.ts';
import { registry } from '../workers/registry.testing.ts';
import { type Placement, placeInMain, placeInWorker } from './placement.ts';

async function place(pipelines: string): Promise<{ readonly main: Shown; readonly worker: Shown }> {
  const text = `
receivers: {otlp: {}, inlet: {}}
processors: {stamp: {}, meet: {}}
exporters: {nop: {}, collect: {}}
connectors: {forward/a: {}, forward/b: {}, gather: {}}
extensions: {health_check: {}, basic_auth: {htpasswd: {inline: 'a:b'}}}
service: {extensions: [health_check, basic_auth], pipelines: {${pipelines}}}`;
  const loaded = await loadConfig({ sources: [{ name: 'c.yaml', text }], environment: {}, registry });
  assert.ok(loaded.ok, JSON.stringify(loaded.errors));
  return { main: show(placeInMain(loaded.config)), worker: show(placeInWorker(loaded.config)) };
}

type Shown = ReturnType<typeof show>;
const show = ({ hosted, ...sets }: Placement) => ({
  hosted: hosted.map(({ id, signal }) => `${signal}:${id}`),
  extensions: [...sets.extensions],
  receivers: [...sets.receivers],
  pipelines: [...sets.pipelines],
  remote: [...sets.remote],
  partition: [...sets.partition].flat(),
});

test('places receivers with the pipelines that they reach, also through connectors', async () => {
  const { main, worker } = await place(`
    traces: {receivers: [otlp], exporters: [forward/a]},
    traces/a: {receivers: [forward/a], exporters: [nop, forward/b]},
    traces/b: {receivers: [forward/b, inlet], exporters: [collect]},
    logs: {receivers: [inlet], exporters: [nop]}`);
  assert.deepEqual(worker, {
    extensions: ['basic_auth'],
    receivers: ['otlp'],
    pipelines: ['traces', 'traces/a', 'traces/b'],
    hosted: [],
    remote: ['exporter:traces:collect'],
    partition: [],
  });
  assert.deepEqual(main, {
    extensions: ['health_check', 'basic_auth'],
    receivers: ['inlet'],
    pipelines: ['traces/b', 'logs'],
    hosted: ['traces:collect'],
    remote: [],
    partition: [],
  });
});

test('ends pipelines of the main thread at processors that partition by trace or series', async () => {
  const { main, worker } = await place(`
    traces: {receivers: [otlp, inlet], processors: [stamp, meet], exporters: [forward/a]},
    traces/a: {receivers: [forward/a], exporters: [collect]}`);
  assert.deepEqual(worker.partition, ['processor:traces/meet', 'trace']);
  assert.deepEqual(worker.remote, ['exporter:traces:collect']);
  assert.deepEqual(main.pipelines, ['traces']);
  assert.deepEqual(main.remote, ['processor:traces/meet']);
  assert.deepEqual(main.hosted, ['traces:collect']);
});

test('partitions nothing when the only receiver is in the main thread', async () => {
  const { main, worker } = await place(`
    traces: {receivers: [inlet], processors: [meet], exporters: [nop]},
    logs: {receivers: [otlp], exporters: [nop]}`);
  assert.deepEqual(worker.pipelines, ['logs']);
  assert.deepEqual([main.pipelines, main.remote, main.partition], [['traces'], [], []]);
});

test('places connectors that can exist only once in the main thread, with the pipelines that they feed', async () => {
  const { main, worker } = await place(`
    traces: {receivers: [otlp], exporters: [gather, forward/a]},
    traces/a: {receivers: [forward/a], exporters: [gather]},
    traces/b: {receivers: [gather], exporters: [forward/b]},
    traces/c: {receivers: [forward/b, otlp], processors: [meet], exporters: [collect]}`);
  assert.deepEqual(worker.pipelines, ['traces', 'traces/a', 'traces/c']);
  assert.deepEqual(worker.remote, ['connector:traces:gather', 'exporter:traces:collect']);
  assert.deepEqual(main.hosted, ['traces:gather', 'traces:collect']);
  assert.deepEqual(main.pipelines, ['traces/b', 'traces/c']);
  assert.deepEqual(main.remote, ['processor:traces/c/meet']);
});
