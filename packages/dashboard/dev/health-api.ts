import type { DoctorReport, FlameProfile, PipelineGraph, PipelineLedger, ProcessHistory } from '@otelier/query';
import type { RequestParams } from './spans-api.ts';

/** Returns the past of a process whose queue fills, and which was reloaded in the middle. */
export function processHistory({ params }: RequestParams): ProcessHistory {
  const end = Number(params.get('end') ?? Date.now());
  const start = Number(params.get('start') ?? end - 3_600_000);
  const steps = Number(params.get('steps') ?? 120);
  const stepMillis = (end - start) / steps;
  const values = (of: (share: number) => number): number[] =>
    Array.from({ length: steps }, (_, step) => of(step / steps));
  return {
    timesMillis: values((share) => start + share * (end - start)),
    stepMillis,
    sampleMillis: 5000,
    sinceMillis: start,
    cpuCores: values((share) => 0.09 + 0.01 * Math.sin(share * 80)),
    memoryBytes: values(() => 142e6),
    heapBytes: values((share) => 9e7 + 6e6 * Math.sin(share * 60)),
    eventLoopDelayP99Millis: values((share) => (share > 0.49 && share < 0.51 ? 6 : 2.1)),
    admissionShare: values(() => 0.037),
    diskBytes: values((share) => 3e9 + 1e8 * share),
    queues: [
      { name: 'otlp_http/upstream', values: values((share) => Math.max(0, share - 0.7)) },
      { name: 'store', values: values(() => 0.003) },
    ],
    itemsPerSecond: [{ name: 'traces', values: values(() => 9604) }],
    reloads: [{ atMillis: (start + end) / 2, result: 'applied', trigger: 'api', components: ['processors/batch'] }],
  };
}

const DAY = 86_400_000;

/** Returns what the checks found in the simulated shop. */
export function doctor(): DoctorReport {
  const now = Date.now();
  const sender = (service: string, sdk: string, itemShare: number, missing: readonly string[] = []) => ({
    ...{ service, sdk, itemShare, instances: 2, newestMillis: service === 'shipping' ? -94_000 : -20, missing },
  });
  return {
    checks: ['certificates', 'clocks', 'disk', 'exports', 'queues', 'senders'],
    failedChecks: [],
    observedMillis: 2000,
    findings: [
      {
        check: 'exports',
        severity: 'error',
        subject: 'exporters/otlp_http/upstream',
        message: 'the destination responds with 503 since 14:24; 41 MB wait in the queue',
        remedy: 'Check the destination, or raise `sending_queue.queue_size`.',
      },
      {
        check: 'clocks',
        severity: 'warning',
        subject: 'service shipping',
        message: 'its newest items are 94 s old when they arrive',
        remedy: 'chronyc makestep',
      },
    ],
    certificates: [
      { subject: 'receivers/otlp: server.crt', name: 'CN=otel.shop.test', expiresMillis: now + 11 * DAY },
      { subject: 'exporters/otlp_http/upstream: ca.crt', name: 'CN=shop CA', expiresMillis: now + 1800 * DAY },
    ],
    disks: [
      {
        subject: 'exporters/store: ./.otelier',
        ...{
          sizeBytes: 3.1e9,
          maxBytes: 10e9,
          freeBytes: 212e9,
          oldestMillis: now - 6 * DAY,
          retentionMillis: 7 * DAY,
        },
      },
    ],
    senders: [
      sender('frontend', 'nodejs 2.2.0', 0.5),
      sender('catalog', 'go 1.38.0', 0.3),
      sender('shipping', 'rust 0.31.0', 0.2, ['service.instance.id']),
    ],
  };
}

/** Returns the ledger of a graph. */
export function pipelineLedger({ atMillis, nodes, edges }: PipelineGraph): PipelineLedger {
  const sum = (ids: (edge: PipelineGraph['edges'][number]) => boolean): number =>
    edges.filter(ids).reduce((total, { items }) => total + items, 0);
  return {
    atMillis,
    isBalanced: true,
    nodes: nodes.map(({ id, kind, component, signal, pipelines, dropped }) => {
      const receivedItems = sum(({ to }) => to === id);
      const left = Object.entries(dropped).map(([reason, items]) => ({ reason, items }));
      const forwardedItems = receivedItems - left.reduce((total, { items }) => total + items, 0);
      return {
        ...{ id, kind, component, signal, pipelines: [...pipelines], receivedItems, dropped: left },
        ...{ refusedItems: 0, heldItems: 0, insideItems: 0, differenceItems: 0, created: [], merged: [] },
        ...(kind === 'exporter'
          ? { forwardedItems: 0, deliveredItems: receivedItems }
          : { forwardedItems, deliveredItems: 0 }),
      };
    }),
    edges: edges.map(({ id, from, to, signal, pipeline, items }) => ({
      ...{ id, from, to, signal, pipeline, sentItems: items, acceptedItems: items, refusedItems: 0, pendingItems: 0 },
    })),
  };
}

/** Returns a profile of two components and of the store, whose functions call each other. */
export function flameProfile(kind: FlameProfile['kind']): FlameProfile {
  const file = 'collector/src/processors/batch/processor.ts';
  return {
    kind,
    unit: kind === 'cpu' ? 'nanoseconds' : 'bytes',
    startedMillis: Date.now() - 1000,
    durationMillis: 1000,
    total: 100e6,
    owners: [
      { name: 'processors/batch', isComponent: true },
      { name: 'receivers/otlp', isComponent: true },
      { name: 'store', isComponent: false },
    ],
    functions: [
      { name: 'processors/batch', file: '', line: 0 },
      { name: 'handleRequest', file: 'collector/src/receivers/otlp.ts', line: 12 },
      { name: 'consume', file, line: 40 },
      { name: '<script>alert(1)</script>', file, line: 41 },
      { name: 'store', file: '', line: 0 },
      { name: 'writeColumns', file: 'store/src/columns/write.ts', line: 7 },
    ],
    frames: {
      parents: [-1, 0, 1, 2, 1, -1, 5],
      functions: [0, 1, 2, 3, 3, 4, 5],
      owners: [0, 1, 0, 0, 0, 2, 2],
      values: [70e6, 70e6, 50e6, 30e6, 10e6, 30e6, 20e6],
    },
    omittedFrames: 2,
    missingThreads: ['query'],
  };
}
