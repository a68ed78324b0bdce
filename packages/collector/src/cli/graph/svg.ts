import type { PipelineEdge } from '@otelier/query';
import { xmlText } from '../terminal/xml-text.ts';
import { BOX, layoutGraph, type Placed } from './layout.ts';
import { rateLabel, titleOf } from './markup.ts';
import { percentText } from './numbers.ts';
import type { Drawing } from './pipelines.ts';
import { droppedItems } from './rates.ts';

/** Number of characters that fit into a box. */
const TITLE_CHARACTERS = 27;
const DETAIL_CHARACTERS = 33;

const STYLE = `
svg { background: #fff; color: #1c2128; font: 13px system-ui, sans-serif; }
rect { fill: #f6f8fa; stroke: #8c959f; }
.receiver rect { stroke: #0969da; } .exporter rect { stroke: #1a7f37; } .connector rect { stroke: #8250df; }
.failing rect { stroke: #cf222e; stroke-width: 2; }
text { fill: currentColor; } .detail { font-size: 11px; opacity: .7; }
path { fill: none; stroke: #8c959f; } .edge text { font-size: 11px; text-anchor: middle; }
@media (prefers-color-scheme: dark) { svg { background: #0d1117; color: #e6edf3; } rect { fill: #161b22; } }`;

/** Draws a graph as an SVG document that needs nothing else. */
export function graphAsSvg(drawing: Drawing): string {
  const { nodes, edges } = drawing.graph;
  const { placed, width, height } = layoutGraph(nodes, edges);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    '<title>Pipelines</title>',
    `<style>${STYLE}\n</style>`,
    '<defs><marker id="head" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto"><path d="M0 1 L7 4 L0 7"/></marker></defs>',
    ...edges.map((edge) => edgeOf(edge, drawing, placed)),
    ...[...placed.values()].map((one) => boxOf(one, drawing)),
    '</svg>',
  ].join('\n');
}

function edgeOf(edge: PipelineEdge, drawing: Drawing, placed: ReadonlyMap<string, Placed>): string {
  const [from, to] = [placed.get(edge.from), placed.get(edge.to)];
  if (from === undefined || to === undefined) return '';
  const [x1, y1] = [from.x + BOX.width, from.y + BOX.height / 2];
  const [x2, y2] = [to.x, to.y + BOX.height / 2];
  const middle = (x1 + x2) / 2;
  const rate = rateLabel(edge, drawing);
  const label = rate === undefined ? '' : `<text x="${middle}" y="${(y1 + y2) / 2 - 5}">${xmlText(rate)}</text>`;
  return `<g class="edge"><title>${xmlText(edge.id)}</title><path d="M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}" marker-end="url(#head)"/>${label}</g>`;
}

function boxOf({ node, x, y }: Placed, drawing: Drawing): string {
  const { queue, problem } = node;
  const dropped = droppedItems(node);
  const state = [
    ...(drawing.rates === undefined || queue === undefined
      ? []
      : [`queue ${percentText(queue.sizeBytes / queue.limitBytes)}`]),
    ...(dropped === 0 ? [] : [`dropped ${dropped.toLocaleString('en')}`]),
    ...(problem === undefined ? [] : [problem]),
  ];
  const detail = state.length > 0 ? state.join(', ') : node.summary;
  const full = [titleOf(node), `pipelines: ${node.pipelines.join(', ')}`, node.summary, ...state].filter(Boolean);
  return [
    `<g class="${node.kind}${problem === undefined ? '' : ' failing'}"><title>${xmlText(full.join(' · '))}</title>`,
    `<rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="6"/>`,
    `<text x="${x + 10}" y="${y + 19}">${xmlText(cut(titleOf(node), TITLE_CHARACTERS))}</text>`,
    `<text class="detail" x="${x + 10}" y="${y + 35}">${xmlText(cut(detail, DETAIL_CHARACTERS))}</text></g>`,
  ].join('');
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
