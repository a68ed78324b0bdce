import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCEPTED, type Batch, type Outcome, type Signal } from '@otelier/otlp';
import {
  type ConnectorDefinition,
  type Definition,
  type ExporterDefinition,
  type ExtensionDefinition,
  listFields,
  type ProcessorDefinition,
  type ReceiverDefinition,
} from 'otelier';
import { type BenchOptions, type ComponentBench, createComponentBench, signalsOf } from './component-bench.ts';
import { sampleBatch } from './sample-batch.ts';

/** Options for component contracts. */
export interface ContractOptions extends BenchOptions {
  /**
   * Returns a batch that passes through the component with this configuration. Defaults to a single item of the signal.
   */
  readonly batch?: (signal: Signal) => Batch;
  /** Makes the component forward its buffered items. */
  readonly settle?: (bench: ComponentBench) => Promise<unknown>;
  /**
   * Whether the component responds before the end of the pipeline does, like `batch`, so that it cannot return the
   * outcome.
   */
  readonly respondsEarly?: boolean;
}

/** Tests a processor against its contract. Call it at the top level of the component's test file. */
export function processorContract(definition: ProcessorDefinition, options: ContractOptions = {}): void {
  describe('as a processor', () => {
    declarationTests(definition, options);
    lifeTests(definition, options);
    passingTests(definition, options);
  });
}

/** Tests a connector against its contract. Call it at the top level of the component's test file. */
export function connectorContract(definition: ConnectorDefinition, options: ContractOptions = {}): void {
  describe('as a connector', () => {
    declarationTests(definition, options);
    lifeTests(definition, options);
    passingTests(definition, options);
  });
}

/** Options for `exporterContract`. */
export interface ExporterContractOptions extends ContractOptions {
  /** Creates a destination for one test, and the exporter configuration for it. */
  readonly destination?: () => Promise<{ readonly config: BenchOptions['config']; close(): Promise<void> }>;
}

/** Tests an exporter against its contract. Call it at the top level of the component's test file. */
export function exporterContract(definition: ExporterDefinition, options: ExporterContractOptions = {}): void {
  describe('as an exporter', () => {
    declarationTests(definition, options);
    const withDestination = async (run: (bench: ComponentBench) => Promise<void>) => {
      const destination = await options.destination?.();
      const config = destination?.config ?? options.config;
      try {
        await withBench(definition, { ...options, ...(config && { config }) }, run);
      } finally {
        await destination?.close();
      }
    };
    lifeTests(definition, options, withDestination);
    for (const signal of signalsOf(definition)) {
      test(`accepts ${signal}`, () =>
        withDestination(async (bench) => {
          await bench.start();
          assert.deepEqual(await bench.send((options.batch ?? sampleBatch)(signal)), ACCEPTED);
          const report = await bench.service.drain();
          assert.equal(report.lostItems, 0);
        }));
    }
  });
}

/** Options for `receiverContract`. */
export interface ReceiverContractOptions extends ContractOptions {
  /** Whether the receiver never receives anything. */
  readonly silent?: boolean;
  /**
   * Sends a batch to the running receiver and returns the outcome as seen by the sender. Omit it for receivers that
   * generate their own telemetry.
   */
  readonly send?: (bench: ComponentBench, batch: Batch) => Promise<Outcome>;
  /** Whether the protocol has no responses, so that batches arrive at an unspecified time after `send`. */
  readonly oneWay?: boolean;
}

/** Tests a receiver against its contract. Call it at the top level of the component's test file. */
export function receiverContract(definition: ReceiverDefinition, options: ReceiverContractOptions = {}): void {
  describe('as a receiver', () => {
    declarationTests(definition, options);
    lifeTests(definition, options);
    const { send, oneWay = false, silent = false } = options;
    for (const signal of silent ? [] : signalsOf(definition)) {
      test(`receives ${signal}`, () =>
        withBench(definition, options, async (bench) => {
          const batch = (options.batch ?? sampleBatch)(signal);
          await bench.start();
          if (send) assert.deepEqual(await send(bench, batch), ACCEPTED);
          if (!send || oneWay) {
            const inRealTime = oneWay || options.clock !== undefined;
            await until(bench, () => bench.received.some((received) => received.signal === signal), inRealTime);
          }
          const received = bench.received.find((candidate) => candidate.signal === signal);
          assert.ok(received, 'expected a batch at the end of the pipeline');
          assert.equal(
            received.sizeBytes,
            received.parts.reduce((sum, part) => sum + part.length, 0),
          );
          if (send) assert.equal(received.itemCount, batch.itemCount);
        }));
      if (!send || oneWay) continue;
      test(`returns the outcome of ${signal} to the sender`, () =>
        withBench(definition, options, async (bench) => {
          await bench.start();
          bench.response = () => ({ kind: 'retry', afterMillis: 2000, reason: 'the disk is full' });
          const outcome = await send(bench, (options.batch ?? sampleBatch)(signal));
          assert.equal(outcome.kind, 'retry');
          assert.match(outcome.kind === 'retry' ? outcome.reason : '', /the disk is full/);
        }));
    }
  });
}

/** Tests an extension against its contract. Call it at the top level of the component's test file. */
export function extensionContract(definition: ExtensionDefinition, options: ContractOptions = {}): void {
  describe('as an extension', () => {
    declarationTests(definition, options);
    lifeTests(definition, options);
  });
}

function declarationTests(definition: Definition, options: ContractOptions): void {
  test('has a summary of one sentence', () => {
    assert.match(definition.summary, /^[A-Z].*\.$/);
    assert.ok(definition.summary.length < 140, 'expected a summary of less than 140 characters');
  });

  test('describes every field', () => {
    const missing = listFields(definition.config).filter(({ description }) => !description);
    assert.deepEqual(
      missing.map(({ path }) => path),
      [],
      'these fields have no description',
    );
  });

  test('has at least one example, and all examples are valid', async () => {
    assert.ok(definition.examples.length > 0);
    const { config: _, ...around } = options;
    for (const { config } of definition.examples) {
      const created = createComponentBench(definition, { ...around, config });
      // Files referenced by an example do not exist here.
      const bench = await created.catch((error: Error) => assert.match(error.message, /: there is no such file$/));
      await bench?.service.shutdown();
    }
  });

  test('rejects an unknown field and names it', async () => {
    const config = { ...options.config, no_such_field_at_all: 1 };
    await assert.rejects(createComponentBench(definition, { ...options, config }), /no_such_field_at_all/);
  });
}

type WithBench = (run: (bench: ComponentBench) => Promise<void>) => Promise<void>;

function lifeTests(
  definition: Definition,
  options: ContractOptions,
  run: WithBench = (body) => withBench(definition, options, body),
): void {
  test('starts, drains and shuts down; repeated calls are harmless', () =>
    run(async ({ service }) => {
      await service.start();
      assert.equal(service.host.health().phase, 'running');
      await service.drain();
      await service.drain();
      await service.shutdown();
      await service.shutdown();
    }));

  test('shuts down if it was never started', () => run(({ service }) => service.shutdown()));

  test('leaves no handles, endpoints, stores or reserved memory', () =>
    run(async (bench) => {
      const before = handles();
      await bench.start();
      if (definition.kind !== 'extension' && definition.kind !== 'receiver') {
        for (const signal of options.signals ?? signalsOf(definition))
          await bench.send((options.batch ?? sampleBatch)(signal));
      }
      await bench.service.shutdown();
      assert.equal(bench.clock.pending, 0, 'expected no pending timers');
      assert.deepEqual(bench.service.host.endpoints(), []);
      assert.equal(bench.service.host.stores().size, 0);
      assert.equal(bench.service.graph().admission.inFlightBytes, 0);
      await eventually(() => handles() <= before, `expected at most ${before} handles, got ${handles()}`);
    }));

  if (definition.kind === 'receiver' || definition.kind === 'extension') return;
  test('accepts nothing before start or after shutdown', () =>
    run(async (bench) => {
      for (const moment of ['before', 'after']) {
        if (moment === 'after') {
          await bench.start();
          await bench.service.shutdown();
        }
        for (const signal of options.signals ?? signalsOf(definition)) {
          const { kind } = await bench.send((options.batch ?? sampleBatch)(signal));
          assert.ok(
            kind === 'retry' || kind === 'refused',
            `expected ${signal} to be rejected ${moment} the run, got ${kind}`,
          );
        }
      }
      assert.deepEqual(bench.received, []);
    }));
}

function passingTests(definition: Definition, options: ContractOptions): void {
  const batchFor = options.batch ?? sampleBatch;
  for (const signal of options.signals ?? signalsOf(definition)) {
    test(`passes ${signal} through`, () =>
      withBench(definition, options, async (bench) => {
        await bench.start();
        const outcome = bench.send(batchFor(signal));
        await options.settle?.(bench);
        assert.deepEqual(await outcome, ACCEPTED);
        await bench.service.drain();
        assert.ok(bench.received.length > 0, 'expected a batch at the end of the pipeline');
        for (const { parts, sizeBytes, itemCount } of bench.received) {
          assert.equal(
            sizeBytes,
            parts.reduce((sum, part) => sum + part.length, 0),
          );
          assert.ok(itemCount > 0);
        }
      }));

    if (options.respondsEarly) continue;
    test(`returns the outcome of ${signal}`, () =>
      withBench(definition, options, async (bench) => {
        await bench.start();
        const responses: Outcome[] = [
          { kind: 'retry', afterMillis: 1000, reason: 'full' },
          { kind: 'refused', reason: 'no' },
          { kind: 'partial', rejectedItems: 1, reason: 'some' },
        ];
        for (const response of responses) {
          bench.response = () => response;
          const outcome = bench.send(batchFor(signal));
          await options.settle?.(bench);
          assert.deepEqual(await outcome, response);
        }
      }));
  }
}

async function withBench(
  definition: Definition,
  options: BenchOptions,
  run: (bench: ComponentBench) => Promise<void>,
): Promise<void> {
  const bench = await createComponentBench(definition, options);
  try {
    await run(bench);
  } finally {
    await bench.close();
  }
}

/** Waits for a condition, advancing the clock in one-second steps. */
async function until(bench: ComponentBench, done: () => boolean, inRealTime: boolean): Promise<void> {
  while (!done()) {
    if (inRealTime) await new Promise((resolve) => setTimeout(resolve, 20));
    else await bench.clock.advance(1000);
  }
}

/**
 * Returns the number of handles that keep the process alive, excluding standard streams and those of the test runner.
 */
function handles(): number {
  const kinds = process.getActiveResourcesInfo();
  return kinds.filter((kind) => !['PipeWrap', 'TTYWrap', 'Immediate', 'FSReqPromise', 'CloseReq'].includes(kind))
    .length;
}

/** Longer than any operation takes on a busy machine. */
const EVENTUALLY_MILLIS = 120_000;

/** Waits for a condition, because the event loop reports closed handles only a few turns later. */
async function eventually(condition: () => boolean, message: string): Promise<void> {
  const end = performance.now() + EVENTUALLY_MILLIS;
  while (!condition()) {
    assert.ok(performance.now() < end, message);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
