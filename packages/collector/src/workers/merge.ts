import type { PipelineGraph } from '@otelier/query';
import { mergeCounts } from '../graph/counts.ts';
import type { WorkerState } from './protocol.ts';

/** Merges the graphs of all threads. A component that runs in several threads becomes one node with summed counters. */
export function mergeGraphs(own: PipelineGraph, workers: readonly WorkerState[]): PipelineGraph {
  const { admission, process } = own;
  const merged = mergeCounts([{ ...own, refusedRequests: admission.refusedRequests }, ...workers]);
  const delays = workers.map(({ eventLoopDelayP99Millis }) => eventLoopDelayP99Millis);
  return {
    ...own,
    nodes: merged.nodes,
    edges: merged.edges,
    admission: { ...admission, refusedRequests: merged.refusedRequests },
    // The delay is the maximum across threads; resident memory and CPU time already cover the whole process.
    process: {
      ...process,
      heapBytes: workers.reduce((sum, { heapBytes }) => sum + heapBytes, process.heapBytes),
      externalBytes: workers.reduce((sum, { externalBytes }) => sum + externalBytes, process.externalBytes),
      eventLoopDelayP99Millis: Math.max(process.eventLoopDelayP99Millis, ...delays),
      workerCpuCores: workers.map(({ cpuCores }) => cpuCores),
    },
  };
}
