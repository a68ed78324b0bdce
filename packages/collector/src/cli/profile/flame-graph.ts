import type { CpuProfile, PipelineGraph } from '@otelier/query';
import { addStack, childOf, createGroup, type Flame } from '../../profiling/flame-tree.ts';
import { createClassifier } from '../../profiling/owners.ts';
import { placeOf } from '../../profiling/pprof-profile.ts';
import { type CallFrame, stackTimes } from '../../profiling/stacks.ts';
import { xmlText } from '../terminal/xml-text.ts';

const WIDTH = 1200;
const ROW = 17;
const TOP = 44;
/** Narrower functions are left out. */
const MIN_PIXELS = 0.3;
const CHARACTER_PIXELS = 6.6;

/** Draws CPU profiles as a flame graph in SVG that needs nothing else: threads, and functions colored by component. */
export function flameGraph(
  threads: readonly { readonly name: string; readonly profile: CpuProfile }[],
  graph: PipelineGraph,
): string {
  const classify = createClassifier(graph);
  const root = createGroup('all threads');
  for (const { name, profile } of threads) {
    const thread = childOf(root, name, () => createGroup(name));
    for (const { stack, micros } of stackTimes(profile)) {
      root.value += micros;
      addStack(thread, { stack, value: micros }, classify);
    }
  }
  const boxes: string[] = [];
  const depth = draw(root, 0, 0, WIDTH, root.value, boxes);
  const height = TOP + (depth + 1) * ROW + 10;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}">`,
    '<title>CPU flame graph</title>',
    '<style>svg { background: #fff; font: 11px monospace; } rect { stroke: #fff; stroke-width: .5; } rect:hover { stroke: #000; }</style>',
    `<text x="10" y="18" font-size="14">CPU time by function: ${(root.value / 1000).toFixed(0)} ms in ${threads.length} ${threads.length === 1 ? 'thread' : 'threads'}</text>`,
    '<text x="10" y="34">Callers are above what they call. Colors are components; point at a function to see its file and time.</text>',
    ...boxes,
    '</svg>',
  ].join('\n');
}

function draw(flame: Flame, depth: number, x: number, width: number, total: number, boxes: string[]): number {
  const y = TOP + depth * ROW;
  const share = total === 0 ? 0 : flame.value / total;
  const place = flame.frame === undefined ? flame.label : placeText(flame.frame);
  const title = `${place}\n${(flame.value / 1000).toFixed(1)} ms, ${(share * 100).toFixed(1)} %${flame.owner === '' ? '' : `\n${flame.owner}`}`;
  const text = flame.label.slice(0, Math.floor((width - 4) / CHARACTER_PIXELS));
  const label = text.length < 3 ? '' : `<text x="${(x + 2).toFixed(1)}" y="${y + 12}">${xmlText(text)}</text>`;
  boxes.push(
    `<g><title>${title.split('\n').map(xmlText).join('\n')}</title><rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 1}" fill="${colorOf(flame.owner)}"/>${label}</g>`,
  );
  let [left, deepest] = [x, depth];
  for (const child of [...flame.children.values()].toSorted((a, b) => b.value - a.value)) {
    const childWidth = (child.value / (total || 1)) * WIDTH;
    if (childWidth >= MIN_PIXELS) deepest = Math.max(deepest, draw(child, depth + 1, left, childWidth, total, boxes));
    left += childWidth;
  }
  return deepest;
}

/** Returns a light color for a name, the same each time. */
function colorOf(owner: string): string {
  if (owner === '') return '#d0d7de';
  let hash = 7;
  for (const character of owner) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  return `hsl(${hash % 360} ${50 + (hash % 30)}% ${72 + (hash % 10)}%)`;
}

function placeText(frame: CallFrame): string {
  const { name, file, line } = placeOf(frame);
  return file === '' ? name : `${name} ${file}:${line}`;
}
