import type { PipelineGraph } from '@otelier/query';
import type { ComponentContext, Consumer, Receiver } from '../component/contract.ts';
import { defineReceiver } from '../component/define.ts';
import { duration, z } from '../component/schema.ts';
import { VERSION } from '../component/version.ts';
import { type AnyJson, attributes, forwardRequest, nanos, type RequestJson } from '../json/otlp-json.ts';

const CUMULATIVE = 2;

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
    // After a clock change, the time of a point must not precede its start time.
    const now = Math.max(this.#context.clock.now(), this.#startMillis);
    const json = metricsRequest(this.#context.host.graph(), this.#serviceName, this.#startMillis, now);
    await forwardRequest('metrics', json, this.#next, this.#context);
  }
}

/** Encodes the pipeline metrics as an export request. */
function metricsRequest(
  graph: PipelineGraph,
  serviceName: string,
  startMillis: number,
  nowMillis: number,
): RequestJson {
  const times = { startTimeUnixNano: nanos(startMillis), timeUnixNano: nanos(nowMillis) };
  const point = (value: number, labels: Record<string, string>): AnyJson => ({
    ...times,
    attributes: attributes(labels),
    ...(Number.isInteger(value) ? { asInt: String(value) } : { asDouble: value }),
  });
  const counter = (name: string, unit: string, description: string, dataPoints: readonly AnyJson[]): AnyJson => ({
    name,
    unit,
    description,
    sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints },
  });
  const gauge = (name: string, unit: string, description: string, dataPoints: readonly AnyJson[]): AnyJson => ({
    name,
    unit,
    description,
    gauge: { dataPoints },
  });
  const edges = (value: (edge: PipelineGraph['edges'][number]) => number) =>
    graph.edges.map((edge) =>
      point(value(edge), { from: edge.from, to: edge.to, pipeline: edge.pipeline, signal: edge.signal }),
    );
  const dropped = graph.nodes.flatMap(({ id, dropped }) =>
    Object.entries(dropped).map(([reason, items]) => point(items, { component: id, reason })),
  );
  const sent = graph.nodes.flatMap(({ id, sentItems }) =>
    sentItems === undefined ? [] : [point(sentItems, { component: id })],
  );
  const queues = graph.nodes.flatMap(({ id, queue }) =>
    queue === undefined ? [] : [point(queue.sizeBytes, { component: id })],
  );
  const metrics = [
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
    counter('otelier.exporter.sent_items', '{item}', 'Items that the destination of a sending queue accepted.', sent),
    gauge('otelier.queue.size', 'By', 'Bytes in a queue.', queues),
    gauge('otelier.admission.in_flight', 'By', 'Bytes of telemetry in flight.', [
      point(graph.admission.inFlightBytes, {}),
    ]),
    counter('otelier.admission.refused_requests', '{request}', 'Requests refused because of the memory limit.', [
      point(graph.admission.refusedRequests, {}),
    ]),
    gauge('process.memory.usage', 'By', 'Physical memory in use.', [point(graph.process.rssBytes, {})]),
    gauge('v8js.memory.heap.used', 'By', 'Heap memory in use, of all threads.', [point(graph.process.heapBytes, {})]),
    gauge('otelier.memory.external', 'By', 'Memory outside the heap, such as buffers.', [
      point(graph.process.externalBytes, {}),
    ]),
    gauge('process.cpu.utilization', '1', 'CPU cores in use.', [point(graph.process.cpuCores, {})]),
    gauge('nodejs.eventloop.delay.p99', 's', '99th percentile of the event loop delay.', [
      point(graph.process.eventLoopDelayP99Millis / 1000, {}),
    ]),
  ];
  const resource = { attributes: attributes({ 'service.name': serviceName, 'service.version': VERSION }) };
  return {
    resourceMetrics: [
      {
        resource,
        scopeMetrics: [{ scope: { name: 'otelier', version: VERSION }, metrics: metrics.filter(hasPoints) }],
      },
    ],
  };
}

function hasPoints(metric: AnyJson): boolean {
  return !JSON.stringify(metric).includes('"dataPoints":[]');
}
