import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PipelineGraph } from '@otelier/query';
import { createPaint } from '../terminal/color.ts';
import { graphAsJson } from './json.ts';
import { graphAsDot, graphAsMermaid } from './markup.ts';
import { ratesBetween } from './rates.ts';
import { graphAsSvg } from './svg.ts';
import { graphAsText } from './text.ts';

const PIECES = [
  ...['<script>alert(1)</script>', ']]>', '"', "'", '\\', '\\N', '&lt;', '&', '--', '"] --> x["', '"];', '|', '#', '`'],
  ...[
    '\u001b[2J',
    '\u0000',
    '\n',
    '\r',
    '\t',
    '\u202e',
    '\u2028',
    '\ud800',
    '\ufffe',
    '}',
    '{',
    '%%',
    'end',
    '日本',
    'é',
  ],
];

/** A linear congruential generator: each seed is the same on every machine. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function hostileGraph(seed: number): PipelineGraph {
  const next = generator(seed);
  const text = () => Array.from({ length: 1 + next(6) }, () => PIECES[next(PIECES.length)]).join('');
  const pipelines = Array.from({ length: 1 + next(3) }, text);
  const kinds = ['receiver', 'processor', 'connector', 'exporter'] as const;
  const nodes = Array.from({ length: 2 + next(8) }, (_, index) => ({
    id: `${index}${text()}`,
    kind: kinds[index % 4] ?? 'receiver',
    component: text(),
    type: text(),
    signal: text(),
    pipelines: [pipelines[next(pipelines.length)] ?? ''],
    summary: text(),
    queue: next(2) === 0 ? undefined : { sizeBytes: 1, limitBytes: 100, requests: 1 },
    problem: next(2) === 0 ? undefined : text(),
    dropped: next(2) === 0 ? {} : { [text()]: 3 },
  }));
  const counters = { items: 1, bytes: 1, batches: 1, refusedItems: 0, consumeMicros: 1 };
  const edges = Array.from({ length: next(12) }, (_, index) => ({
    ...{ id: `${index}${text()}`, from: nodes[next(nodes.length)]?.id ?? '', to: nodes[next(nodes.length)]?.id ?? '' },
    ...{ signal: text(), pipeline: pipelines[next(pipelines.length)] ?? '', ...counters },
  }));
  const process = { cpuCores: 0, rssBytes: 0, heapBytes: 0, externalBytes: 0, eventLoopDelayP99Millis: 0 };
  const admission = { inFlightBytes: 0, limitBytes: 1, refusedRequests: 0 };
  return { atMillis: 0, nodes, edges, admission, process };
}

const MERMAID_LABEL = String.raw`"(?:[\p{L}\p{N} _./()-]|#\d+;)*"`;
const MERMAID_LINE = new RegExp(
  String.raw`^(flowchart LR|  subgraph p\d+\[${MERMAID_LABEL}\]|  end| {2,4}n\d+\[${MERMAID_LABEL}\]|  n\d+ -->(\|${MERMAID_LABEL}\|)? n\d+)$`,
  'u',
);
const DOT_LABEL = String.raw`"(?:[^"\\\p{Cc}]|\\["\\])*"`;
const DOT_LINE = new RegExp(
  String.raw`^(digraph otelier \{| *rankdir=LR;|  node \[shape=box\];|  subgraph cluster_\d+ \{| *label=${DOT_LABEL};| *n\d+ \[label=${DOT_LABEL}\];|  n\d+ -> n\d+( \[label=${DOT_LABEL}\])?;| *\})$`,
  'u',
);

/** Checks that a document is well-formed XML without elements other than those of the drawing. */
function assertWellFormed(svg: string): void {
  const open: string[] = [];
  const rest = svg.replace(
    /<(\/?)([a-z]+)((?: [a-zA-Z:-]+="[^"<&]*(?:&[#a-z0-9]+;[^"<&]*)*")*)(\/?)>/g,
    (_, end, name, _attributes, empty) => {
      assert.match(name, /^(svg|title|style|defs|marker|path|g|text|rect)$/);
      if (end === '/') assert.equal(open.pop(), name);
      else if (empty !== '/') open.push(name);
      return '';
    },
  );
  assert.deepEqual(open, []);
  assert.doesNotMatch(rest.replace(/&(?:amp|lt|gt|quot|#39);/g, ''), /[<&]/);
  assert.doesNotMatch(svg, /(?!\n)[\p{Cc}\p{Bidi_C}\p{Cs}\ufffe\uffff]/u);
}

test('names from an unknown process keep their place in every format', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const graph = hostileGraph(seed);
    const rates = seed % 2 === 0 ? undefined : ratesBetween(graph, { ...graph, atMillis: 1000 });
    const drawing = { graph, rates };
    const where = `seed ${seed}`;
    assert.doesNotMatch(graphAsText(drawing, createPaint(false)), /(?!\n)[\p{Cc}\p{Bidi_C}]/u, where);
    for (const line of graphAsMermaid(drawing).split('\n')) assert.match(line, MERMAID_LINE, where);
    for (const line of graphAsDot(drawing).split('\n')) assert.match(line, DOT_LINE, where);
    assertWellFormed(graphAsSvg(drawing));
    assert.equal(JSON.parse(graphAsJson(drawing)).nodes.length, graph.nodes.length);
  }
});
