import { defineExtension } from '../component/define.ts';
import { ignored, z } from '../component/schema.ts';

/** The storage of Jaeger 2's configuration. */
export const jaegerStorage = defineExtension({
  summary: "Accepts the storage backends in the configuration of Jaeger 2, in whose place otelier's store is used.",
  stability: 'alpha',
  config: z.object({
    backends: z
      .record(z.string(), z.unknown())
      .prefault({})
      .describe('Backends by name, of any kind. Their settings have no effect, because telemetry is in the store.'),
    metricBackends: ignored('metrics of services are calculated from stored spans'),
  }),
  examples: [{ title: 'As in Jaeger', config: { backends: { some_store: { memory: { max_traces: 100000 } } } } }],
  describe: ({ backends }) => Object.keys(backends).join(', '),
  create({ backends }, { logger }) {
    return {
      async start() {
        const names = Object.keys(backends);
        logger.info(
          { backends: names },
          "Jaeger's storage backends are otelier's store: their settings have no effect",
        );
      },
      async shutdown() {},
    };
  },
});
