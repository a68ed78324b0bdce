import type { PipelineGraph } from '@otelier/query';
import { useSyncExternalStore } from 'react';
import { type EventStream, openEventStream } from './event-stream.ts';
import { keepHistory, keptHistory } from './kept-history.ts';
import { PipelineHistory } from './pipeline-history.ts';

/** Whether the gateway answers. */
export interface Connection {
  /** When the connection broke; absent while it stands. */
  readonly lostMillis: number | undefined;
  readonly retryAtMillis: number | undefined;
}

/** The pipeline as last seen, and how it came here. */
export interface PipelineView {
  readonly latest: PipelineGraph | undefined;
  /** The snapshot a second or so before, for rates. */
  readonly before: PipelineGraph | undefined;
  readonly history: PipelineHistory;
}

const history = new PipelineHistory();
let view: PipelineView = { latest: undefined, before: undefined, history };
let connection: Connection = { lostMillis: undefined, retryAtMillis: undefined };
let stream: EventStream | undefined;
const listeners = new Set<() => void>();

/** The running pipeline, renewed once a second for as long as something on the page listens. */
export function usePipeline(): PipelineView {
  return useSyncExternalStore(subscribe, () => view);
}

/** Whether the stream of figures stands, which says whether the gateway can be reached. */
export function useConnection(): Connection {
  return useSyncExternalStore(subscribe, () => connection);
}

/** Tries to reach the gateway at once. */
export function retryConnection(): void {
  stream?.retry();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (stream === undefined) history.restore(keptHistory());
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
  keepHistory(history, graph.atMillis);
  // After a gap or a restart of the gateway the difference of two snapshots says nothing.
  const follows =
    view.latest !== undefined && graph.atMillis - view.latest.atMillis < 5000 && graph.atMillis > view.latest.atMillis;
  view = { latest: graph, before: follows ? view.latest : undefined, history };
  announce();
}

function announce(): void {
  for (const listener of listeners) listener();
}
