import type { PipelineEdge, PipelineNode } from '@otelier/query';
import { rateText } from './numbers.ts';
import { type Drawing, nameOf, pipelinesOf } from './pipelines.ts';

/** Draws a graph as a Mermaid flowchart, with the processors of each pipeline in a box. */
export function graphAsMermaid(drawing: Drawing): string {
  const label = (text: string) => `"${mermaidText(text)}"`;
  const keys = keysOf(drawing.graph.nodes);
  const node = (one: PipelineNode) => `${keys.get(one.id)}[${label(titleOf(one))}]`;
  const boxes = pipelinesOf(drawing.graph).flatMap(({ id }, index) => [
    `  subgraph p${index}[${label(id)}]`,
    ...processorsOf(id, drawing).map((one) => `    ${node(one)}`),
    '  end',
  ]);
  const others = drawing.graph.nodes.filter(({ kind }) => kind !== 'processor').map((one) => `  ${node(one)}`);
  const edges = drawing.graph.edges.map((edge) => {
    const rate = rateLabel(edge, drawing);
    return `  ${keys.get(edge.from)} -->${rate === undefined ? '' : `|${label(rate)}|`} ${keys.get(edge.to)}`;
  });
  return ['flowchart LR', ...boxes, ...others, ...edges].join('\n');
}

/** Draws a graph in the language of Graphviz, with the processors of each pipeline in a box. */
export function graphAsDot(drawing: Drawing): string {
  const keys = keysOf(drawing.graph.nodes);
  const node = (one: PipelineNode) => `${keys.get(one.id)} [label="${dotText(titleOf(one))}"];`;
  const boxes = pipelinesOf(drawing.graph).flatMap(({ id }, index) => [
    `  subgraph cluster_${index} {`,
    `    label="${dotText(id)}";`,
    ...processorsOf(id, drawing).map((one) => `    ${node(one)}`),
    '  }',
  ]);
  const others = drawing.graph.nodes.filter(({ kind }) => kind !== 'processor').map((one) => `  ${node(one)}`);
  const edges = drawing.graph.edges.map((edge) => {
    const rate = rateLabel(edge, drawing);
    return `  ${keys.get(edge.from)} -> ${keys.get(edge.to)}${rate === undefined ? '' : ` [label="${dotText(rate)}"]`};`;
  });
  return ['digraph otelier {', '  rankdir=LR;', '  node [shape=box];', ...boxes, ...others, ...edges, '}'].join('\n');
}

/** Returns the text of a node: its name, and its signal if the component has a node for each. */
export function titleOf(node: PipelineNode): string {
  const isPerSignal = node.kind === 'exporter' || node.kind === 'connector';
  return isPerSignal && node.signal !== undefined ? `${nameOf(node)} (${node.signal})` : nameOf(node);
}

/** Returns the rate to write at an edge. */
export function rateLabel({ id }: PipelineEdge, { rates }: Drawing): string | undefined {
  const rate = rates?.edges.get(id);
  return rate === undefined ? undefined : `${rateText(rate.itemsPerSecond)}/s`;
}

function keysOf(nodes: readonly PipelineNode[]): ReadonlyMap<string, string> {
  return new Map(nodes.map(({ id }, index) => [id, `n${index}`]));
}

function processorsOf(pipeline: string, { graph }: Drawing): readonly PipelineNode[] {
  return graph.nodes.filter(({ kind, pipelines }) => kind === 'processor' && pipelines.includes(pipeline));
}

/** Writes all characters that could have a meaning in Mermaid or HTML as entity codes. */
function mermaidText(text: string): string {
  return [...text].map((one) => (/[\p{L}\p{N} _./()-]/u.test(one) ? one : `#${one.codePointAt(0)};`)).join('');
}

/** A backslash begins an escape sequence, and an ampersand an HTML entity. */
function dotText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replace(/[\p{Cc}\p{Bidi_C}]/gu, ' ');
}
