import type { Signal } from '@otelier/otlp';
import { MAX_MILLIS } from '../../client/option-error.ts';
import type { ClientOptions } from '../../client/options.ts';
import type { ConfigNode } from './config-node.ts';
import { consoleExporter, fileExporter, otlpGrpc, otlpHttp } from './exporters.ts';

/** Reads span or log record processors, each with its exporter. */
export function processorsOf(node: ConfigNode, signal: Signal, scheduleDelayMillis: number): readonly ClientOptions[] {
  const processors = node.items();
  if (processors.length === 0) node.fail('a list of at least one');
  return processors.map((processor) =>
    processor.one({
      batch: (batch) => ({ ...exporterOf(required(batch), signal), ...batchOf(batch, scheduleDelayMillis) }),
      simple: (simple) => ({
        ...exporterOf(required(simple).mapping('exporter'), signal),
        batch: { maxItems: 1, maxDelayMillis: 0 },
      }),
    }),
  );
}

function required(processor: ConfigNode): ConfigNode {
  if (processor.isEmpty) processor.at('exporter').fail('an exporter');
  return processor;
}

function exporterOf(processor: ConfigNode, signal: Signal): ClientOptions {
  return processor.at('exporter').one({
    otlp_http: (node) => otlpHttp(node, signal),
    otlp_grpc: (node) => otlpGrpc(node),
    console: (node) => consoleExporter(node),
    'otlp_file/development': (node) => fileExporter(node),
  });
}

/** Reads batch settings, with the defaults of the schema. */
function batchOf(node: ConfigNode, scheduleDelayMillis: number): ClientOptions {
  node.mapping('schedule_delay', 'export_timeout', 'max_queue_size', 'max_export_batch_size', 'exporter');
  const queueSize = node.at('max_queue_size').integer(1, 2 ** 31 - 1) ?? 2_048;
  const batch = node.at('max_export_batch_size');
  const batchSize = batch.integer(1, 65_536);
  if (batchSize !== undefined && batchSize > queueSize) batch.fail(`at most max_queue_size, ${queueSize}`);
  return {
    batch: {
      maxDelayMillis: node.at('schedule_delay').integer(0, MAX_MILLIS) ?? scheduleDelayMillis,
      maxItems: batchSize ?? Math.min(512, queueSize),
    },
    queue: { maxItems: queueSize },
    // 0 means no limit, also for clients.
    retry: { maxElapsedMillis: node.at('export_timeout').integer(0, MAX_MILLIS) ?? 30_000 },
  };
}
