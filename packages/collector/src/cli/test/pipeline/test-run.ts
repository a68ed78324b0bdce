import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Batch, countItems, localContext, type Outcome } from '@otelier/otlp';
import type { SignalConsumers } from '../../../component/contract.ts';
import type { ServiceConfig } from '../../../config/model.ts';
import { createLogger } from '../../../service/logging.ts';
import { createService, type Service, type ServiceOptions } from '../../../service/service.ts';
import { VirtualClock } from '../../simulate/virtual-clock.ts';
import type { PipelineTest, TestRequest, TestStep } from '../file/model.ts';
import { seededRandom } from './seeded-random.ts';
import { type TestedGraph, type TestOutput, testedConfig } from './tested-config.ts';
import { TestTimeout, Waiter } from './waiter.ts';

/** A batch that left the pipelines under test. */
export interface RecordedBatch extends TestOutput {
  readonly parts: readonly Uint8Array[];
}

/** An outcome of a batch that was not expected. */
export interface UnexpectedOutcome {
  readonly step: Extract<TestStep, { kind: 'input' }>;
  readonly outcome: Outcome;
}

/** What happened while a test ran. */
export interface TestRecord {
  readonly batches: readonly RecordedBatch[];
  readonly outcomes: readonly UnexpectedOutcome[];
  /** Number of dropped items by component, such as `processors/filter`, and reason. */
  readonly dropped: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly warnings: readonly string[];
  /** Why the test could not be finished. */
  readonly failure: string | undefined;
  /** Whether components are still running, because they do not finish. */
  readonly isStuck: boolean;
}

/** The options of `runTest`. */
export interface RunOptions {
  readonly config: ServiceConfig;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timeoutMillis: number;
  readonly observeRule?: ServiceOptions['observeRule'] | undefined;
}

/** Runs the steps of a test on the pipelines under test, on a virtual clock. */
export async function runTest(test: PipelineTest, graph: TestedGraph, options: RunOptions): Promise<TestRecord> {
  const storageDirectory = await mkdtemp(join(tmpdir(), 'otelier-test-'));
  const run = new TestRun(test, graph, options, storageDirectory);
  try {
    return await run.run();
  } finally {
    await rm(storageDirectory, { recursive: true, force: true });
  }
}

/** Prefixes of components in the configuration, by their kind. */
const SECTIONS: Readonly<Record<string, string>> = { processor: 'processors', connector: 'connectors' };

class TestRun {
  readonly #test: PipelineTest;
  readonly #clock: VirtualClock;
  readonly #waiter: Waiter;
  readonly #batches: RecordedBatch[] = [];
  readonly #outcomes: UnexpectedOutcome[] = [];
  readonly #warnings = new Set<string>();
  readonly #create: () => Service;
  #entrances: SignalConsumers = {};

  constructor(test: PipelineTest, graph: TestedGraph, options: RunOptions, storageDirectory: string) {
    const { config, environment, timeoutMillis, observeRule } = options;
    this.#test = test;
    this.#clock = new VirtualClock(test.startMillis);
    this.#waiter = new Waiter(this.#clock, timeoutMillis);
    const ends = {
      storageDirectory,
      entrances: (consumers: SignalConsumers) => {
        this.#entrances = consumers;
      },
      record: (output: TestOutput, { parts }: Batch) => {
        this.#batches.push({ ...output, parts });
      },
    };
    this.#create = () =>
      createService({
        config: testedConfig(config, graph, ends),
        clock: this.#clock,
        environment,
        random: seededRandom(test.seed),
        ...(observeRule === undefined ? {} : { observeRule }),
        logger: createLogger({ level: 'warn', encoding: 'json' }, { write: (line) => this.#warn(line) }),
      });
  }

  async run(): Promise<TestRecord> {
    let service: Service | undefined;
    let failure: string | undefined;
    let isStuck = false;
    try {
      service = this.#create();
      await new Waiter(this.#clock, START_MILLIS).wait(service.start(), 'start', () => '');
      for (const step of this.#test.given) await this.#step(step, service);
      if (this.#test.drain) await this.#wait(service.drain(), 'forward buffered telemetry', service);
    } catch (error) {
      isStuck = error instanceof TestTimeout;
      failure = messageOf(error);
    }
    const dropped = droppedBy(service);
    // Components forward what they have when they close.
    const batches = [...this.#batches];
    const isClosed = service === undefined || (await this.#waiter.isDone(service.shutdown()));
    return {
      batches,
      outcomes: this.#outcomes,
      warnings: [...this.#warnings],
      ...{ dropped, failure, isStuck: isStuck || !isClosed },
    };
  }

  async #step(step: TestStep, service: Service): Promise<void> {
    if (step.kind === 'advance') {
      const settled = () => this.#wait(service.settled(), 'process its batches', service);
      await this.#clock.advanceBy(step.millis, settled);
      return;
    }
    for (const request of step.requests) {
      const consumer = this.#entrances[request.signal];
      if (consumer === undefined) continue;
      const consumed = Promise.resolve(consumer.consume(this.#batchOf(request, step.metadata)));
      const outcome = await this.#wait(consumed, 'process a batch', service);
      await this.#wait(service.settled(), 'process its batches', service);
      if (outcome.kind !== step.outcome) this.#outcomes.push({ step, outcome });
    }
  }

  #batchOf({ signal, bytes }: TestRequest, metadata: Batch['context']['metadata']): Batch {
    // A component may use the memory of a batch again, and a watching process runs a test several times.
    const part = bytes.slice();
    const context = { ...localContext(this.#clock.now()), metadata };
    return { signal, parts: [part], itemCount: countItems(signal, part), sizeBytes: part.length, context };
  }

  #wait<T>(work: Promise<T>, what: string, service: Service): Promise<T> {
    return this.#waiter.wait(work, what, () => service.pendingComponents().join(', '));
  }

  #warn(line: string): void {
    const {
      component,
      msg,
      level: _level,
      time: _time,
      kind: _kind,
      ...fields
    } = JSON.parse(line) as Record<string, unknown>;
    const details = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`;
    if (this.#warnings.size < MAX_WARNINGS) this.#warnings.add(`${component ?? 'service'}: ${msg}${details}`);
  }
}

const MAX_WARNINGS = 20;
/** Time that components have to start, which includes loading modules of the user. */
const START_MILLIS = 60_000;

function droppedBy(service: Service | undefined): Map<string, Map<string, number>> {
  const components = new Map<string, Map<string, number>>();
  for (const { kind, component, dropped } of service?.graph().nodes ?? []) {
    const section = SECTIONS[kind];
    if (section === undefined) continue;
    const reasons = components.get(`${section}/${component}`) ?? new Map<string, number>();
    components.set(`${section}/${component}`, reasons);
    for (const [reason, items] of Object.entries(dropped)) reasons.set(reason, (reasons.get(reason) ?? 0) + items);
  }
  return components;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
