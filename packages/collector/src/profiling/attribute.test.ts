import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PipelineGraph } from '@otelier/query';
import { createClassifier } from './owners.ts';

function graphOf(
  ...nodes: readonly (readonly [kind: 'receiver' | 'processor' | 'exporter', component: string])[]
): PipelineGraph {
  return {
    atMillis: 0,
    nodes: nodes.map(([kind, component]) => ({
      ...{
        id: component,
        kind,
        component,
        type: component.split('/')[0] ?? '',
        pipelines: [],
        summary: '',
        dropped: {},
      },
      ...(kind === 'exporter' && { queue: { sizeBytes: 0, limitBytes: 1, requests: 0 } }),
    })),
    edges: [],
    admission: { inFlightBytes: 0, limitBytes: 0, refusedRequests: 0 },
    process: { cpuCores: 0, rssBytes: 0, heapBytes: 0, externalBytes: 0, eventLoopDelayP99Millis: 0 },
  };
}

/** Creates a stack, innermost function first. A path begins with a slash; other frames are of the engine. */
function stackOf(...frames: readonly string[]) {
  return frames.map((one) => ({
    functionName: one.startsWith('(') ? one : 'f',
    url: one.startsWith('(') ? '' : one.startsWith('/') ? `file://${one}` : one,
    ...{ scriptId: '1', lineNumber: 0, columnNumber: 0 },
  }));
}

const SOURCES = '/w/packages';
const INSTALLED = '/w/node_modules/otelier/dist';
const one = graphOf(['receiver', 'otlp'], ['processor', 'batch/a'], ['exporter', 'otlp_http']);
const two = graphOf(['receiver', 'otlp'], ['receiver', 'otlp/2'], ['exporter', 'otlp_http'], ['exporter', 'otlp_grpc']);

for (const [graph, stack, key, components] of [
  [one, [`${SOURCES}/collector/src/processors/batch/processor.ts`], 'processors/batch', ['processors/batch/a']],
  [one, [`${INSTALLED}/processors/batch.js`], 'processors/batch', ['processors/batch/a']],
  // The innermost component counts, not its caller.
  [
    one,
    [
      `${SOURCES}/otlp/src/edit/x.ts`,
      `${SOURCES}/collector/src/processors/batch.ts`,
      `${SOURCES}/collector/src/receivers/otlp.ts`,
    ],
    'processors/batch',
    ['processors/batch/a'],
  ],
  [one, ['(garbage collector)'], 'garbage collection', []],
  [one, ['(program)'], 'native code', []],
  [one, ['node:internal/timers'], 'Node.js runtime', []],
  [
    one,
    ['node:zlib', `${SOURCES}/transport/src/server/http2/x.ts`],
    'receivers (connections and decoding)',
    ['receivers/otlp'],
  ],
  [two, [`${SOURCES}/transport/src/server/http2/x.ts`], 'receivers (connections and decoding)', []],
  [one, [`${SOURCES}/transport/src/client/x.ts`], 'exporters (queues and connections)', ['exporters/otlp_http']],
  [two, [`${SOURCES}/transport/src/client/x.ts`], 'exporters (queues and connections)', []],
  [
    one,
    [`${SOURCES}/collector/src/graph/edge.ts`, `${SOURCES}/transport/src/server/x.ts`],
    'edges between components',
    [],
  ],
  // A directory that components share is no component.
  [one, [`${SOURCES}/collector/src/connectors/by-pipeline/x.ts`], 'service', []],
  [one, [`${SOURCES}/store/src/columns/x.ts`], 'store', []],
  [one, ['/w/node_modules/hono/x.js'], 'libraries', []],
  [one, ['/home/user/otelier.config.ts'], 'other modules', []],
  [one, [`${SOURCES}/collector/src/extensions/zpages.ts`], 'extensions/zpages', ['extensions/zpages']],
] as const) {
  test(`attributes ${stack.join(' ← ')} to ${key}`, () => {
    assert.deepEqual(createClassifier(graph)(stackOf(...stack)), { key, components });
  });
}
