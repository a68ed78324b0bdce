import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCEPTED, type Batch, type Outcome, SIGNAL_NAMES, type Signal } from '@otelier/otlp';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import type { Component, Consumer } from '../component/contract.ts';
import {
  defineConnector,
  defineExporter,
  defineExtension,
  defineProcessor,
  defineReceiver,
} from '../component/define.ts';
import { z } from '../component/schema.ts';
import { formatConfigError } from '../config/config-error.ts';
import { loadConfig } from '../config/load.ts';
import type { Registry } from '../config/registry.ts';
import { StartError } from '../graph/start-error.ts';
import { createLogger } from './logging.ts';
import { createService, type Service } from './service.ts';

const about = { summary: 'For tests.', stability: 'development', examples: [], signals: SIGNAL_NAMES } as const;
const config = z.object({ name: z.string().prefault('x'), failStart: z.boolean().prefault(false) });

/** A registry of components that record calls. */
class World {
  readonly log: string[] = [];
  readonly arrived: { readonly where: string; readonly batch: Batch }[] = [];
  readonly entrances: Record<string, Partial<Record<Signal, Consumer>>> = {};
  readonly lines: Record<string, unknown>[] = [];
  response: (where: string) => Outcome | Promise<Outcome> = () => ACCEPTED;

  readonly registry: Registry = {
    receiver: { in: { load: async () => this.#receiver } },
    processor: { step: { load: async () => this.#step }, half: { load: async () => this.#half } },
    exporter: { out: { load: async () => this.#exporter } },
    connector: { join: { load: async () => this.#connector } },
    extension: { ext: { load: async () => this.#extension } },
  };

  async service(yaml: string): Promise<Service> {
    const loaded = await loadConfig({
      sources: [{ name: 'c.yaml', text: yaml }],
      environment: {},
      registry: this.registry,
    });
    assert.ok(loaded.ok, loaded.errors.map(formatConfigError).join('\n'));
    const logger = createLogger(
      { level: 'info', encoding: 'json' },
      { write: (line) => this.lines.push(JSON.parse(line)) },
    );
    return createService({ config: loaded.config, logger });
  }

  async send(id: string, batch: Batch): Promise<Outcome> {
    const entrance = this.entrances[id]?.[batch.signal];
    assert.ok(entrance, `expected ${id} to have a pipeline of ${batch.signal}`);
    return entrance.consume(batch);
  }

  #life(id: string, failStart = false): Component {
    return {
      start: async () => {
        this.log.push(`start ${id}`);
        if (failStart) throw new Error('the disk is on fire');
      },
      drain: async () => void this.log.push(`drain ${id}`),
      shutdown: async () => void this.log.push(`shutdown ${id}`),
    };
  }

  #receiver = defineReceiver({
    ...about,
    config,
    create: ({ failStart }, next, { id }) => {
      this.entrances[id] = next;
      return this.#life(id, failStart);
    },
  });

  #step = defineProcessor({
    ...about,
    config,
    create: (_config, next, { id }) => ({ ...this.#life(id), consume: (batch) => next.consume(batch) }),
  });

  #half = defineProcessor({
    ...about,
    config,
    create: (_config, next, { dropped }) => ({
      consume(batch) {
        dropped(batch.itemCount / 2, 'filtered');
        return next.consume({ ...batch, itemCount: batch.itemCount / 2 });
      },
    }),
  });

  #exporter = defineExporter({
    ...about,
    config,
    describe: ({ name }) => `called ${name}`,
    create: ({ failStart }, { id, signal }) => ({
      ...this.#life(`${signal}:${id}`, failStart),
      consume: async (batch) => {
        this.arrived.push({ where: id, batch });
        return this.response(id);
      },
    }),
  });

  #connector = defineConnector({
    summary: 'For tests.',
    stability: 'development',
    examples: [],
    joins: { traces: ['traces', 'logs'] },
    config,
    create: (_config, { bySignal, byPipeline }, { id }) => ({
      ...this.#life(id),
      consume: async (batch) => {
        const { consumer } = byPipeline.get('traces/b') ?? {};
        await bySignal.logs?.consume(sampleBatch('logs'));
        return consumer ? consumer.consume(batch) : ACCEPTED;
      },
    }),
  });

  #extension = defineExtension({
    ...about,
    config,
    create: ({ failStart }, { id }) => ({ ...this.#life(id, failStart), offers: id }),
  });
}

const SIMPLE = `
receivers: {in: {}}
processors: {step: {}, step/2: {}}
exporters: {out: {name: end}}
extensions: {ext: {}}
service: {extensions: [ext], pipelines: {traces: {receivers: [in], processors: [step, step/2], exporters: [out]}}}`;

test('starts extensions, exporters, processors and receivers; drains and shuts down in reverse', async () => {
  const world = new World();
  const service = await world.service(SIMPLE);
  await service.start();
  assert.deepEqual(world.log.splice(0), ['start ext', 'start traces:out', 'start step/2', 'start step', 'start in']);
  assert.equal(service.host.health().accepting, true);
  assert.equal(service.host.extension('ext')?.offers, 'ext');
  await service.drain();
  assert.deepEqual(world.log.splice(0), ['drain in', 'drain step', 'drain step/2', 'drain traces:out', 'drain ext']);
  assert.equal(service.host.health().accepting, false);
  await service.shutdown();
  assert.deepEqual(world.log.splice(0), [
    'shutdown in',
    'shutdown step',
    'shutdown step/2',
    'shutdown traces:out',
    'shutdown ext',
  ]);
  await service.shutdown();
  assert.deepEqual(world.log, []);
});

test('shuts down before the start and does not start afterwards', async () => {
  const world = new World();
  const service = await world.service(SIMPLE);
  await service.shutdown();
  await assert.rejects(service.start(), /has been shut down/);
  assert.ok(!world.log.some((line) => line.startsWith('start')));
});

test('shuts everything down when a component fails to start, and reports why', async () => {
  const world = new World();
  const service = await world.service(SIMPLE.replace('in: {}', 'in: {fail_start: true}'));
  const error = await service.start().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof StartError);
  assert.equal(error.message, 'receiver in: the disk is on fire');
  assert.equal(error.component, 'in');
  assert.deepEqual(world.log.filter((line) => line.startsWith('shutdown')).length, 5);
  assert.equal(service.host.health().phase, 'stopped');
  await service.shutdown();
});

test('waits for the start when shut down during it, then closes everything', async () => {
  const world = new World();
  const service = await world.service(SIMPLE);
  const started = service.start();
  await service.shutdown();
  await started;
  assert.equal(service.host.health().phase, 'stopped');
  for (const id of ['in', 'step', 'traces:out', 'ext']) assert.ok(world.log.includes(`shutdown ${id}`), id);
});

test('counts forwarded and rejected items and durations per edge, and dropped items per node', async () => {
  const world = new World();
  const service = await world.service(`
receivers: {in: {}}
processors: {half: {}}
exporters: {out: {name: end}}
service: {pipelines: {traces: {receivers: [in], processors: [half], exporters: [out]}}}`);
  await service.start();
  const batch = sampleBatch('traces', 4);
  assert.deepEqual(await world.send('in', batch), ACCEPTED);
  world.response = () => ({ kind: 'retry', afterMillis: 1, reason: 'full' });
  await world.send('in', batch);
  world.response = () => ({ kind: 'partial', rejectedItems: 1, reason: 'old' });
  await world.send('in', batch);

  // The sender still has the items of the batch that it is to repeat.
  const { nodes, edges } = service.graph();
  assert.deepEqual(
    nodes.map(({ id, kind, summary, dropped, pipelines }) => ({ id, kind, summary, dropped, pipelines })),
    [
      { id: 'exporter:traces:out', kind: 'exporter', summary: 'called end', dropped: {}, pipelines: ['traces'] },
      { id: 'processor:traces/half', kind: 'processor', summary: '', dropped: { filtered: 4 }, pipelines: ['traces'] },
      { id: 'receiver:in', kind: 'receiver', summary: '', dropped: {}, pipelines: ['traces'] },
    ],
  );
  const [last, first] = edges;
  assert.deepEqual([first?.from, first?.to, first?.signal], ['receiver:in', 'processor:traces/half', 'traces']);
  assert.deepEqual([first?.items, first?.batches, first?.refusedItems], [8, 2, 5]);
  assert.equal(first?.bytes, 2 * batch.sizeBytes);
  assert.deepEqual([last?.items, last?.batches, last?.refusedItems], [4, 2, 3]);
  assert.ok((first?.consumeMicros ?? 0) >= (last?.consumeMicros ?? 0));
  await service.shutdown();
});

test('shares receivers among pipelines and exporters per signal, passing each batch once', async () => {
  const world = new World();
  const service = await world.service(`
receivers: {in: {}}
processors: {step: {}}
exporters: {out/a: {}, out/b: {}}
service:
  pipelines:
    traces/1: {receivers: [in], processors: [step], exporters: [out/a]}
    traces/2: {receivers: [in], exporters: [out/a, out/b]}
    logs: {receivers: [in], exporters: [out/a]}`);
  await service.start();
  assert.deepEqual(world.log.filter((line) => line.startsWith('start')).toSorted(), [
    'start in',
    'start logs:out/a',
    'start step',
    'start traces:out/a',
    'start traces:out/b',
  ]);
  const seen: Batch[] = [];
  const intoB: Batch[] = [];
  const stop = service.host.subscribe({ signal: 'traces' }, (batch) => seen.push(batch));
  service.host.subscribe({ signal: 'traces', into: 'out/b' }, (batch) => intoB.push(batch));
  const batch = sampleBatch('traces');
  await world.send('in', batch);
  await world.send('in', sampleBatch('logs'));
  assert.equal(world.arrived.length, 4);
  assert.deepEqual(
    world.arrived
      .filter(({ batch: got }) => got === batch)
      .map(({ where }) => where)
      .toSorted(),
    ['out/a', 'out/a', 'out/b'],
  );
  assert.deepEqual([seen, intoB], [[batch], [batch]]);
  stop();
  await world.send('in', batch);
  assert.equal(seen.length, 1);
  assert.deepEqual(service.graph().nodes.find(({ id }) => id === 'exporter:traces:out/a')?.pipelines, [
    'traces/1',
    'traces/2',
  ]);
  await service.shutdown();
});

test('connects pipelines through a connector, by signal and by name', async () => {
  const world = new World();
  const service = await world.service(`
receivers: {in: {}}
connectors: {join: {}}
exporters: {out/a: {}, out/b: {}, out/l: {}}
service:
  pipelines:
    traces: {receivers: [in], exporters: [join]}
    traces/a: {receivers: [join], exporters: [out/a]}
    traces/b: {receivers: [join], exporters: [out/b]}
    logs: {receivers: [join], exporters: [out/l]}`);
  await service.start();
  assert.ok(world.log.indexOf('start join') > world.log.indexOf('start logs:out/l'));
  assert.deepEqual(await world.send('in', sampleBatch('traces')), ACCEPTED);
  assert.deepEqual(
    world.arrived.map(({ where }) => where),
    ['out/l', 'out/b'],
  );
  await service.shutdown();
});

test('refuses the batch of a component that throws, logs it once, and keeps the others running', async () => {
  const world = new World();
  const service = await world.service(SIMPLE);
  await service.start();
  world.response = () => {
    throw new TypeError('x is not a function');
  };
  for (let index = 0; index < 3; index++) {
    assert.deepEqual(await world.send('in', sampleBatch('traces')), {
      kind: 'refused',
      reason: 'exporter out failed: x is not a function',
    });
  }
  assert.equal(world.lines.filter(({ msg }) => String(msg).includes('this is a bug')).length, 1);
  world.response = () => ACCEPTED;
  assert.deepEqual(await world.send('in', sampleBatch('traces')), ACCEPTED);
  await service.shutdown();
});

test('abandons a component that hangs while draining at the deadline', async () => {
  const world = new World();
  const service = await world.service(SIMPLE);
  await service.start();
  world.response = () => new Promise(() => {});
  void world.send('in', sampleBatch('traces'));
  await service.drain(50);
  await service.shutdown();
});
