import type { PipelineGraph } from '@otelier/query';
import { useSyncExternalStore } from 'react';
import { type EventStream, openEventStream } from '../event-stream.ts';
import { savedHistory, saveHistory } from '../kept-history.ts';
import { PipelineHistory } from './pipeline-history.ts';

/** Whether the gateway is reachable. */
export interface Connection {
  /** When the connection was lost; absent while connected. */
  readonly lostMillis: number | undefined;
  readonly retryAtMillis: number | undefined;
}

/** The latest pipeline snapshot and the state of its connection. */
export interface PipelineView {
  readonly latest: PipelineGraph | undefined;
  /** The previous snapshot, from which rates are computed. */
  readonly before: PipelineGraph | undefined;
  readonly history: PipelineHistory;
}

const history = new PipelineHistory();
let view: PipelineView = { latest: undefined, before: undefined, history };
let connection: Connection = { lostMillis: undefined, retryAtMillis: undefined };
let stream: EventStream | undefined;
const listeners = new Set<() => void>();

/** Subscribes to the running pipeline, updated once per second. */
export function usePipeline(): PipelineView {
  return useSyncExternalStore(subscribe, () => view);
}

/** Returns the state of the pipeline stream, which shows whether the gateway is reachable. */
export function useConnection(): Connection {
  return useSyncExternalStore(subscribe, () => connection);
}

/** Reconnects immediately. */
export function retryConnection(): void {
  stream?.retry();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (stream === undefined) history.restore(savedHistory());
  stream ??= openEventStream('/api/v1/pipeline/stream', {
    events: { pipeline: (data) => receive(data as PipelineGraph) },
    onOpen: () => connected(),
    onLost: (retryAtMillis) => {
      connection = { lostMillis: connection.lostMillis ?? Date.now(), retryAtMillis };
      announce();
    },
  });
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    stream?.close();
    stream = undefined;
  };
}

function connected(): void {
  if (connection.lostMillis === undefined) return;
  connection = { lostMillis: undefined, retryAtMillis: undefined };
  announce();
}

function receive(graph: PipelineGraph): void {
  history.add(graph);
  saveHistory(history, graph.atMillis);
  // After a gap or a restart, the difference between two snapshots is meaningless.
  const follows =
    view.latest !== undefined && graph.atMillis - view.latest.atMillis < 5000 && graph.atMillis > view.latest.atMillis;
  view = { latest: graph, before: follows ? view.latest : undefined, history };
  announce();
}

function announce(): void {
  for (const listener of listeners) listener();
}
