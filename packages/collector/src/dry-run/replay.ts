import type { Batch } from '@otelier/otlp';
import type { PipelineLedger, TraceDrops } from '@otelier/query';
import { VirtualClock } from '../cli/simulate/virtual-clock.ts';
import { seededRandom } from '../cli/test/pipeline/seeded-random.ts';
import type { TestOutput } from '../cli/test/pipeline/tested-config.ts';
import { Waiter } from '../cli/test/pipeline/waiter.ts';
import type { SignalConsumers } from '../component/contract.ts';
import type { ServiceConfig } from '../config/model.ts';
import type { Capture, CapturedBatch } from '../service/editing/dry-run/capture.ts';
import { createLogger } from '../service/logging.ts';
import { createService, type Service } from '../service/service.ts';
import { componentName, isolatedConfig } from './isolated-config.ts';
import { type TrailEdge, Trails } from './trails.ts';

/** What a configuration did with captured telemetry. */
export interface Replay {
  readonly ledger: PipelineLedger;
  /** Number of captured items of receivers that the configuration does not have, or has in no pipeline of their signal. */
  readonly notReceivedItems: number;
  /** Number of items that exporters got. */
  readonly outputs: readonly (TestOutput & { readonly items: number })[];
  readonly trails: Trails;
  readonly warnings: readonly string[];
  drops(traceId: string): Promise<TraceDrops>;
  close(): Promise<void>;
}

/** Time that all components have for their work, and to start. */
const WORK_MILLIS = 30_000;
const MAX_WARNINGS = 10;

/** Runs the pipelines of a configuration on captured telemetry, on a virtual clock. Call `close` in any case. */
export async function replay(config: ServiceConfig, capture: Capture, storageDirectory: string): Promise<Replay> {
  const clock = new VirtualClock(capture.startMillis);
  const waiter = new Waiter(clock, WORK_MILLIS);
  const entrances = new Map<string, SignalConsumers>();
  const outputs = new Map<string, TestOutput & { items: number }>();
  const warnings = new Set<string>();
  const service = createService({
    config: isolatedConfig(config, {
      storageDirectory,
      entrances: (receiver, consumers) => entrances.set(receiver, consumers),
      record(output, { itemCount }) {
        const key = `${output.pipeline} ${output.exporter}`;
        const known = outputs.get(key) ?? { ...output, items: 0 };
        known.items += itemCount;
        outputs.set(key, known);
      },
    }),
    clock,
    environment: config.origin.environment,
    random: seededRandom(1),
    logger: createLogger({ level: 'warn', encoding: 'json' }, { write: (line) => warn(warnings, line) }),
  });
  const wait = <T>(work: Promise<T>, what: string) =>
    waiter.wait(work, what, () => service.pendingComponents().join(', '));
  const close = async () => {
    await waiter.isDone(service.shutdown());
  };
  try {
    await wait(service.start(), 'start');
    const trails = noteTrails(service);
    let notReceivedItems = 0;
    for (const batch of capture.batches) {
      const consumer = entrances.get(batch.receiver)?.[batch.signal];
      if (consumer === undefined) {
        notReceivedItems += batch.itemCount;
        continue;
      }
      await clock.advanceTo(capture.startMillis + batch.atMillis, () => wait(service.settled(), 'process its batches'));
      await wait(Promise.resolve(consumer.consume(copyOf(batch))), 'process a batch');
    }
    await wait(service.drain(), 'forward buffered telemetry');
    const ledger = await service.host.ledger();
    return {
      ...{ ledger, notReceivedItems, trails, close },
      outputs: [...outputs.values()],
      warnings: [...warnings],
      drops: (traceId) => service.host.drops(traceId),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Components may use the memory of a batch again, and two configurations get the same batches. */
function copyOf({ signal, parts, itemCount, sizeBytes, context }: CapturedBatch): Batch {
  return { signal, parts: parts.map((part) => part.slice()), itemCount, sizeBytes, context };
}

function noteTrails({ host }: Service): Trails {
  const trails = new Trails();
  const { nodes, edges } = host.graph();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  for (const { id, from, to, pipeline } of edges) {
    const [source, target] = [byId.get(from), byId.get(to)];
    if (source === undefined || target === undefined) continue;
    const edge: TrailEdge = {
      pipeline,
      to: componentName(target.kind, target.component),
      isEntrance: source.kind !== 'processor',
      isExit: target.kind !== 'processor',
    };
    host.subscribe({ edges: [id] }, (batch) => trails.note(edge, batch));
  }
  return trails;
}

function warn(warnings: Set<string>, line: string): void {
  const { component = 'service', msg = '', reason } = JSON.parse(line) as Partial<Record<string, unknown>>;
  const text = `${component}: ${msg}${typeof reason === 'string' ? `: ${reason}` : ''}`;
  if (warnings.size < MAX_WARNINGS) warnings.add(text.slice(0, 300));
}
