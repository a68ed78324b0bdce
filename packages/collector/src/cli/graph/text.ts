import type { PipelineNode } from '@otelier/query';
import type { Paint } from '../terminal/color.ts';
import { terminalText } from '../terminal-text.ts';
import { bytesText, percentText, rateText } from './numbers.ts';
import { type Drawing, nameOf, type PipelineSteps, pipelinesOf } from './pipelines.ts';
import { droppedItems, fastest, type Rate } from './rates.ts';

/** Maximum width of the column with the short form of a component's configuration. */
const MAX_SUMMARY = 40;

interface Row {
  readonly name: string;
  readonly summary: string;
  readonly rate: Rate | undefined;
  readonly notes: string;
}

/** Draws each pipeline as a list of its components, in the order in which batches pass them. */
export function graphAsText(drawing: Drawing, paint: Paint): string {
  const pipelines = pipelinesOf(drawing.graph);
  const sections = pipelines.map((pipeline) => ({ id: pipeline.id, rows: rowsOf(pipeline, drawing, paint) }));
  const all = sections.flatMap(({ rows }) => rows);
  const widths = {
    name: Math.max(0, ...all.map(({ name }) => name.length)),
    summary: Math.max(0, ...all.map(({ summary }) => summary.length)),
  };
  const texts = sections.map(({ id, rows }) =>
    [paint('bold', safe(id)), ...rows.map((row) => lineOf(row, widths, paint))].join('\n'),
  );
  return texts.length === 0 ? 'There are no pipelines.' : texts.join('\n\n');
}

function rowsOf(pipeline: PipelineSteps, drawing: Drawing, paint: Paint): Row[] {
  return pipeline.steps.flatMap((step, index) => {
    const arrow: Row[] = index === 0 ? [] : [{ name: '  ↓', summary: '', rate: undefined, notes: '' }];
    return [
      ...arrow,
      ...step.map((node, position) => ({
        name: `  ${branch(position, step.length)}${safe(nameOf(node))}`,
        summary: shortened(safe(node.summary)),
        rate: rateIn(pipeline.id, node, index === 0, drawing),
        notes: notesOf(node, pipeline.id, drawing, paint),
      })),
    ];
  });
}

function branch(position: number, count: number): string {
  if (count === 1) return '';
  if (position === 0) return '┌ ';
  return position === count - 1 ? '└ ' : '├ ';
}

/** Returns the rate of a node within a pipeline: of what enters it, or of what the first node forwards. */
function rateIn(pipeline: string, { id }: PipelineNode, isFirst: boolean, { graph, rates }: Drawing): Rate | undefined {
  if (rates === undefined) return undefined;
  const edges = graph.edges.filter((edge) => edge.pipeline === pipeline && (isFirst ? edge.from : edge.to) === id);
  const list = edges.map((edge) => rates.edges.get(edge.id));
  if (isFirst) return fastest(list);
  const sum = (of: (rate: Rate) => number) => list.reduce((total, rate) => total + (rate ? of(rate) : 0), 0);
  return {
    itemsPerSecond: sum((rate) => rate.itemsPerSecond),
    bytesPerSecond: sum((rate) => rate.bytesPerSecond),
    refusedPerSecond: sum((rate) => rate.refusedPerSecond),
  };
}

function notesOf(node: PipelineNode, pipeline: string, { graph, rates }: Drawing, paint: Paint): string {
  const targets = graph.edges.filter(({ from, pipeline: other }) => from === node.id && other !== pipeline);
  const isEnd = !graph.edges.some(({ from, pipeline: other }) => from === node.id && other === pipeline);
  const into = node.kind === 'connector' && isEnd ? [...new Set(targets.map((edge) => edge.pipeline))] : [];
  const dropped = droppedItems(node);
  const { queue, problem } = node;
  return [
    ...(into.length === 0 ? [] : [`→ ${into.map(safe).join(', ')}`]),
    ...(rates === undefined || queue === undefined ? [] : [`queue ${percentText(queue.sizeBytes / queue.limitBytes)}`]),
    ...(dropped === 0 ? [] : [paint('yellow', `dropped ${dropped.toLocaleString('en')}`)]),
    ...(problem === undefined ? [] : [paint('red', safe(problem))]),
  ].join('  ');
}

function lineOf({ name, summary, rate, notes }: Row, widths: { name: number; summary: number }, paint: Paint): string {
  const cells = [name.padEnd(widths.name), paint('dim', summary.padEnd(widths.summary))];
  if (rate !== undefined) {
    cells.push(
      `${rateText(rate.itemsPerSecond)} items/s`.padStart(14),
      `${bytesText(rate.bytesPerSecond)}/s`.padStart(9),
    );
    if (rate.refusedPerSecond > 0) cells.push(paint('yellow', `refused ${rateText(rate.refusedPerSecond)}/s`));
  }
  if (notes !== '') cells.push(notes);
  return cells.join('  ').trimEnd();
}

/** Escapes control characters and keeps the text on one line, because names can come from an unknown process. */
function safe(text: string): string {
  return terminalText(text.replace(/\s+/g, ' '));
}

function shortened(text: string): string {
  return text.length <= MAX_SUMMARY ? text : `${text.slice(0, MAX_SUMMARY - 1)}…`;
}
