import { ACCEPTED, type Batch, countItems, localContext, SIGNAL_NAMES, type Signal } from '@otelier/otlp';
import type { RunProcessor } from '@otelier/query';
import { systemClock } from '@otelier/transport/clock';
import { pino } from 'pino';
import type { Consumer } from '../component/contract.ts';
import { defineExporter, defineReceiver } from '../component/define.ts';
import { z } from '../component/schema.ts';
import { formatConfigError } from '../config/config-error.ts';
import { loadConfig } from '../config/load.ts';
import type { ServiceConfig } from '../config/model.ts';
import type { Registry } from '../config/registry.ts';
import { DropSample } from '../graph/ledger/drop-sample.ts';
import { closeNodes, startNodes } from '../graph/life.ts';
import { registry } from '../registry.generated.ts';
import { createAdmissions } from '../service/admission.ts';
import { ServiceHost } from '../service/host.ts';
import { createProcessWatch } from '../service/process-stats.ts';
import { Sockets } from '../service/sockets.ts';
import { ThreadGraph } from '../service/thread-graph.ts';
import { ownMemory } from '../workers/thread-memory.ts';

/** The ends of a pipeline that contains only the processor. */
interface Ends {
  entrance: Consumer | undefined;
  readonly forwarded: Uint8Array[];
}

/** Passes requests to a processor, in a graph of its own without sockets and threads. */
export const runProcessor: RunProcessor = async ({ signal, processor, text }, requests) => {
  const ends: Ends = { entrance: undefined, forwarded: [] };
  const graph = createGraph(await configOf(text, processor, signal, withEnds(ends)));
  const { nodes } = graph.graph;
  try {
    await startNodes(nodes, () => false);
    for (const request of requests) await ends.entrance?.consume(batchOf(signal, request));
    await graph.settled();
  } finally {
    await closeNodes(nodes);
  }
  return ends.forwarded;
};

function createGraph(config: ServiceConfig): ThreadGraph {
  const clock = systemClock;
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

/** Returns the built-in components, with the ends instead of receivers and exporters. */
function withEnds(ends: Ends): Registry {
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

function batchOf(signal: Signal, request: Uint8Array): Batch {
  return {
    signal,
    parts: [request],
    itemCount: countItems(signal, request),
    sizeBytes: request.length,
    context: localContext(systemClock.now()),
  };
}
