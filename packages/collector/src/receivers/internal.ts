import type { PipelineGraph } from '@otelier/query';
import type { ComponentContext, Consumer, Receiver } from '../component/contract.ts';
import { defineReceiver } from '../component/define.ts';
import { counter, gauge, type OwnMetric, type OwnPoint, single } from '../component/observe/own-metric.ts';
import { duration, z } from '../component/schema.ts';
import { VERSION } from '../component/version.ts';
import { forwardRequest } from '../json/otlp-json.ts';
import { otlpMetrics } from '../telemetry/otlp-metrics.ts';

export const internal = defineReceiver({
  summary: 'Generates metrics about otelier itself: pipeline edges, queues, in-flight memory and the process.',
  stability: 'development',
  runsIn: 'main',
  signals: ['metrics'],
  config: z.object({
    interval: duration()
      .refine((millis) => millis >= 100, { error: 'expected at least 100ms' })
      .prefault('15s')
      .describe('Interval between measurements.'),
    serviceName: z.string().min(1).prefault('otelier').describe('Value of the `service.name` resource attribute.'),
  }),
  examples: [{ title: 'Every ten seconds', config: { interval: '10s' } }],
  create: ({ interval, serviceName }, next, context) =>
    new InternalReceiver(interval, serviceName, next.metrics, context),
});

class InternalReceiver implements Receiver {
  readonly #intervalMillis: number;
  readonly #serviceName: string;
  readonly #next: Consumer | undefined;
  readonly #context: ComponentContext;
  #startMillis = 0;
  #stopped = true;
  #cancel: (() => void) | undefined;
  #reading: Promise<void> = Promise.resolve();

  constructor(intervalMillis: number, serviceName: string, next: Consumer | undefined, context: ComponentContext) {
    this.#intervalMillis = intervalMillis;
    this.#serviceName = serviceName;
    this.#next = next;
    this.#context = context;
  }

  async start(): Promise<void> {
    this.#startMillis = this.#context.clock.now();
    this.#stopped = false;
    this.#schedule();
  }

  async drain(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    this.#cancel = undefined;
    await this.#reading;
  }

  shutdown(): Promise<void> {
    return this.drain();
  }

  /** Schedules the next measurement after the current one has been consumed, so that they do not accumulate. */
  #schedule(): void {
    this.#cancel = this.#context.clock.setTimeout(() => {
      this.#reading = this.#read()
        .catch((error: unknown) => this.#context.logger.error({ err: error }, 'measurement failed'))
        .finally(() => {
          if (!this.#stopped) this.#schedule();
        });
    }, this.#intervalMillis);
  }

  async #read(): Promise<void> {
    if (this.#next === undefined) return;
    const { clock, host } = this.#context;
    const json = otlpMetrics({
      resource: { 'service.name': this.#serviceName, 'service.version': VERSION },
      scope: { name: 'otelier', version: VERSION },
      startMillis: this.#startMillis,
      // After a clock change, the time of a point must not precede its start time.
      nowMillis: Math.max(clock.now(), this.#startMillis),
      metrics: pipelineMetrics(host.graph()),
    });
    await forwardRequest('metrics', json, this.#next, this.#context);
  }
}

/** Returns the metrics of the pipelines and the process. */
function pipelineMetrics(graph: PipelineGraph): readonly OwnMetric[] {
  const edges = (value: (edge: PipelineGraph['edges'][number]) => number): OwnPoint[] =>
    graph.edges.map((edge) => ({
      attributes: { from: edge.from, to: edge.to, pipeline: edge.pipeline, signal: edge.signal },
      value: value(edge),
    }));
  const dropped = graph.nodes.flatMap(({ id, dropped }) =>
    Object.entries(dropped).map(([reason, value]) => ({ attributes: { component: id, reason }, value })),
  );
  const byNode = (value: (node: PipelineGraph['nodes'][number]) => number | undefined): OwnPoint[] =>
    graph.nodes.flatMap((node) => {
      const number = value(node);
      return number === undefined ? [] : [{ attributes: { component: node.id }, value: number }];
    });
  const { process, admission } = graph;
  return [
    counter(
      'otelier.edge.items',
      '{item}',
      'Spans, log records and data points passed to the next component.',
      edges(({ items }) => items),
    ),
    counter(
      'otelier.edge.size',
      'By',
      'Bytes passed to the next component.',
      edges(({ bytes }) => bytes),
    ),
    counter(
      'otelier.edge.refused_items',
      '{item}',
      'Items refused by the next component.',
      edges(({ refusedItems }) => refusedItems),
    ),
    counter('otelier.component.dropped_items', '{item}', 'Items dropped by a component, by reason.', dropped),
    counter(
      'otelier.exporter.sent_items',
      '{item}',
      'Items that the destination of a sending queue accepted.',
      byNode(({ sentItems }) => sentItems),
    ),
    gauge(
      'otelier.queue.size',
      'By',
      'Bytes in a queue.',
      byNode(({ queue }) => queue?.sizeBytes),
    ),
    gauge('otelier.admission.in_flight', 'By', 'Bytes of telemetry in flight.', single(admission.inFlightBytes)),
    counter(
      'otelier.admission.refused_requests',
      '{request}',
      'Requests refused because of the memory limit.',
      single(admission.refusedRequests),
    ),
    gauge('process.memory.usage', 'By', 'Physical memory in use.', single(process.rssBytes)),
    gauge('v8js.memory.heap.used', 'By', 'Heap memory in use, of all threads.', single(process.heapBytes)),
    gauge('otelier.memory.external', 'By', 'Memory outside the heap, such as buffers.', single(process.externalBytes)),
    gauge('process.cpu.utilization', '1', 'CPU cores in use.', single(process.cpuCores)),
    gauge(
      'nodejs.eventloop.delay.p99',
      's',
      '99th percentile of the event loop delay.',
      single(process.eventLoopDelayP99Millis / 1000),
    ),
  ];
}
