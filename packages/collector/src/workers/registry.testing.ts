import { threadId } from 'node:worker_threads';
import { ACCEPTED, type Batch, forEachItem, type Outcome, SIGNAL_NAMES } from '@otelier/otlp';
import type { Consumer } from '../component/contract.ts';
import { defineConnector, defineExporter, defineProcessor, defineReceiver } from '../component/define.ts';
import { z } from '../component/schema.ts';
import type { Registry } from '../config/registry.ts';
import { registry as own } from '../registry.generated.ts';

// Every thread of a service loads this module. Exports other than the registry are used in the main thread only.

const about = { summary: 'For tests.', stability: 'development', examples: [], signals: SIGNAL_NAMES } as const;
const noFields = z.object({});

/** Batches received by `collect` exporters. */
export const collected: Batch[] = [];
/** The outcome that `collect` returns; assign `reply` to change it. */
export const replying: { reply: (batch: Batch) => Outcome | Promise<Outcome> } = {
  reply: () => ({ kind: 'accepted' }),
};
/** The consumer of the `inlet` receiver, which runs in the main thread. */
export const inlet: { next: Consumer | undefined } = { next: undefined };

const collect = defineExporter({
  ...about,
  runsIn: 'main',
  config: noFields,
  create: () => ({
    async consume(batch) {
      collected.push(batch);
      return await replying.reply(batch);
    },
  }),
});

const inletReceiver = defineReceiver({
  ...about,
  runsIn: 'main',
  config: noFields,
  create(_config, { traces }) {
    inlet.next = traces;
    return {};
  },
});

/** Writes its thread number into the metadata under its own ID. */
const stamp = defineProcessor({
  ...about,
  config: noFields,
  create: (_config, next, { id }) => ({
    consume: (batch) => next.consume(stamped(batch, id)),
  }),
});

/** The same processor, partitioned by trace. */
const meet = defineProcessor({
  ...about,
  partitionBy: 'trace',
  config: noFields,
  create: (_config, next, { id }) => ({
    consume: (batch) => next.consume(stamped(batch, id)),
  }),
});

/** The same processor, partitioned by resource. */
const meetByResource = defineProcessor({
  ...about,
  partitionBy: 'resource',
  config: noFields,
  create: (_config, next, { id }) => ({
    consume: (batch) => next.consume(stamped(batch, id)),
  }),
});

function stamped(batch: Batch, id: string): Batch {
  return { ...batch, context: { ...batch.context, metadata: { ...batch.context.metadata, [id]: [String(threadId)] } } };
}

/** Terminates its thread on the first batch that contains an item with the string `crash`. */
const crash = defineProcessor({
  ...about,
  config: noFields,
  create: (_config, next) => ({
    consume(batch) {
      let found = false;
      for (const part of batch.parts) {
        forEachItem(batch.signal, part, ({ bytes, start, end }) => {
          found ||= Buffer.from(bytes.subarray(start, end)).includes('crash');
        });
      }
      if (!found) return next.consume(batch);
      setImmediate(() => {
        throw new Error('a bug of the test');
      });
      return new Promise(() => undefined);
    },
  }),
});

/** Buffers batches until it drains, and drops them if `lose` is set. */
const hold = defineProcessor({
  ...about,
  config: z.object({ lose: z.boolean().prefault(false) }),
  create({ lose }, next, { dropped, logger }) {
    const held: Batch[] = [];
    return {
      consume(batch) {
        held.push(batch);
        return ACCEPTED;
      },
      async drain() {
        logger.info('forwarding buffered batches');
        for (const batch of held.splice(0)) {
          if (lose) dropped(batch.itemCount, 'shutdown');
          else await next.consume(batch);
        }
      },
    };
  },
});

/** A connector with a single instance. It buffers batches until it drains, and stamps them. */
const gather = defineConnector({
  summary: 'For tests.',
  stability: 'development',
  examples: [],
  runsIn: 'main',
  joins: { traces: ['traces'] },
  config: noFields,
  create(_config, { bySignal }, { id }) {
    const held: Batch[] = [];
    return {
      consume(batch) {
        held.push(stamped(batch, id));
        return replying.reply(batch);
      },
      async drain() {
        for (const batch of held.splice(0)) await bySignal.traces?.consume(batch);
      },
    };
  },
});

/** Fails to start. */
const broken = defineProcessor({
  ...about,
  config: z.object({ create: z.boolean().prefault(false) }),
  create({ create }, next) {
    if (create) throw new Error('it cannot be made');
    return { start: () => Promise.reject(new Error('it cannot be started')), consume: (batch) => next.consume(batch) };
  },
});

/** The built-in components and the test components. */
export const registry: Registry = {
  ...own,
  receiver: { ...own.receiver, inlet: { load: async () => inletReceiver } },
  processor: {
    ...own.processor,
    stamp: { load: async () => stamp },
    meet: { load: async () => meet },
    meet_by_resource: { load: async () => meetByResource },
    crash: { load: async () => crash },
    hold: { load: async () => hold },
    broken: { load: async () => broken },
  },
  connector: { ...own.connector, gather: { load: async () => gather } },
  exporter: { ...own.exporter, collect: { load: async () => collect } },
};
