import type { PipelineGraph } from '@otelier/query';
import type { RequestMetric } from '@otelier/transport';
import { addHistograms, joinPoints, type OwnMetric } from '../component/observe/own-metric.ts';
import { SECOND_BOUNDS } from '../component/requests/request-durations.ts';

/** The metrics and their descriptions in the semantic conventions. */
const METRICS: Readonly<Record<RequestMetric, string>> = {
  'http.server.request.duration': 'Duration of HTTP server requests.',
  'http.client.request.duration': 'Duration of HTTP client requests.',
  'rpc.server.call.duration': 'Measures the duration of an incoming Remote Procedure Call (RPC).',
  'rpc.client.call.duration': 'Measures the duration of an outgoing Remote Procedure Call (RPC).',
};

const BUCKETS: readonly number[] = [...SECOND_BOUNDS, Number.POSITIVE_INFINITY];

/** Returns the durations of the requests of all components, as the Collector's metrics of the level `detailed`. */
export function requestMetrics({ nodes }: PipelineGraph): readonly OwnMetric[] {
  const requests = nodes.flatMap((node) => node.requests ?? []);
  return Object.entries(METRICS).map(([name, description]) => {
    const points = requests
      .filter(({ metric }) => metric === name)
      .map(({ attributes, buckets, sum }) => ({
        attributes,
        counts: BUCKETS.map((bound) => buckets[bound] ?? 0),
        sum,
      }));
    const joined = joinPoints(points, addHistograms);
    return { name, unit: 's', description, kind: 'histogram', bounds: SECOND_BOUNDS, points: joined };
  });
}
