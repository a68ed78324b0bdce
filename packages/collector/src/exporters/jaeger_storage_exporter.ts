import { defineExporter } from '../component/define.ts';
import { ignored, z } from '../component/schema.ts';
import { store } from './store.ts';

/** The exporter of Jaeger 2's configuration. */
export const jaegerStorageExporter = defineExporter({
  summary: 'Stores traces, under the name of the exporter in the configuration of Jaeger 2.',
  stability: 'alpha',
  runsIn: 'main',
  signals: ['traces'],
  config: z.object({
    traceStorage: z
      .string()
      .min(1)
      .describe("Name of a backend of `jaeger_storage`. Every backend is otelier's store."),
    directory: z.string().min(1).prefault('./.otelier').describe('Directory of the store. Jaeger has no such field.'),
    queue: ignored('the store writes at once, and its journal survives a restart'),
    retryOnFailure: ignored('senders repeat what the store cannot take'),
  }),
  examples: [{ title: 'As in Jaeger', config: { trace_storage: 'some_store' } }],
  describe: ({ traceStorage, directory }) => `${traceStorage}, as the store in ${directory}`,
  exclusive: ({ directory }) => store.exclusive?.(storeConfig(directory)) ?? [],
  create({ traceStorage, directory }, context) {
    context.logger.info({ storage: traceStorage, directory }, "Jaeger's storage is otelier's store");
    return store.create(storeConfig(directory), context);
  },
});

function storeConfig(directory: string) {
  return store.config.parse({ directory });
}
