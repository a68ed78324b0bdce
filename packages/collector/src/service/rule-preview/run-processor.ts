import { ACCEPTED, type Batch, countItems, localContext, SIGNAL_NAMES, type Signal } from '@otelier/otlp';
import type { RunProcessor } from '@otelier/query';
import type { Clock } from '@otelier/transport/clock';
import { pino } from 'pino';
import type { Consumer } from '../../component/contract.ts';
import { defineExporter, defineReceiver } from '../../component/define.ts';
import { z } from '../../component/schema.ts';
import { formatConfigError } from '../../config/config-error.ts';
import { loadConfig } from '../../config/load.ts';
import type { ServiceConfig } from '../../config/model.ts';
import type { Registry } from '../../config/registry.ts';
import { DropSample } from '../../graph/ledger/drop-sample.ts';
import { closeNodes, startNodes } from '../../graph/life.ts';
import { ownMemory } from '../../workers/thread-memory.ts';
import { createAdmissions } from '../admission.ts';
import { ServiceHost } from '../host.ts';
import { createProcessWatch } from '../process-stats.ts';
import { Sockets } from '../sockets.ts';
import { ThreadGraph } from '../thread-graph.ts';

/** The ends of a pipeline that contains only the processor. */
interface Ends {
  entrance: Consumer | undefined;
  readonly forwarded: Uint8Array[];
}

/** Passes requests to a processor of a registry, in a graph of its own without sockets and threads. */
export async function runProcessor(
  { registry, clock }: { readonly registry: Registry; readonly clock: Clock },
  { signal, processor, text }: Parameters<RunProcessor>[0],
  requests: readonly Uint8Array[],
): Promise<readonly Uint8Array[]> {
  const ends: Ends = { entrance: undefined, forwarded: [] };
  const graph = createGraph(clock, await configOf(text, processor, signal, withEnds(registry, ends)));
  const { nodes } = graph.graph;
  try {
    await startNodes(nodes, () => false);
    for (const request of requests) await ends.entrance?.consume(batchOf(signal, request, clock.now()));
    await graph.settled();
  } finally {
    await closeNodes(nodes);
  }
  return ends.forwarded;
}

function createGraph(clock: Clock, config: ServiceConfig): ThreadGraph {
  const sockets = new Sockets(() => Promise.reject(new Error('a preview opens no sockets')));
  const admission = createAdmissions();
  const drops = new DropSample<never>(() => clock.now());
  const process = createProcessWatch();
  const host = new ServiceHost({ clock, drops, admission, process, memory: ownMemory, sockets });
  const logger = pino({ level: 'silent' });
  const surroundings = { clock, random: Math.random, logger, admission, environment: {}, host, drops };
  const graph = new ThreadGraph({ surroundings, host, sockets, clock, relay: undefined, place: () => undefined });
  graph.build(config);
  return graph;
}

/** Loads a pipeline that consists of the processor. Throws if the configuration has errors. */
async function configOf(text: string, processor: string, signal: Signal, registry: Registry): Promise<ServiceConfig> {
  const ends = {
    receivers: { entrance: {} },
    exporters: { exit: {} },
    service: { pipelines: { [signal]: { receivers: ['entrance'], processors: [processor], exporters: ['exit'] } } },
  };
  const sources = [
    { name: 'rule', text },
    { name: 'preview', text: JSON.stringify(ends) },
  ];
  const loaded = await loadConfig({ sources, environment: {}, registry });
  if (loaded.ok) return loaded.config;
  throw new Error(`the configuration of a rule is invalid: ${loaded.errors.map(formatConfigError).join('; ')}`);
}

/** Returns the components of a registry, with the ends instead of receivers and exporters. */
function withEnds(registry: Registry, ends: Ends): Registry {
  const about = { stability: 'development', signals: SIGNAL_NAMES, config: z.object({}), examples: [] } as const;
  const entrance = defineReceiver({
    ...about,
    summary: 'The input of a preview.',
    create(_config, next) {
      [ends.entrance] = Object.values(next);
      return {};
    },
  });
  const exit = defineExporter({
    ...about,
    summary: 'The output of a preview.',
    create: () => ({
      consume({ parts }: Batch) {
        ends.forwarded.push(...parts);
        return ACCEPTED;
      },
    }),
  });
  return {
    ...registry,
    receiver: { entrance: { load: async () => entrance } },
    exporter: { exit: { load: async () => exit } },
  };
}

function batchOf(signal: Signal, request: Uint8Array, nowMillis: number): Batch {
  return {
    signal,
    parts: [request],
    itemCount: countItems(signal, request),
    sizeBytes: request.length,
    context: localContext(nowMillis),
  };
}
