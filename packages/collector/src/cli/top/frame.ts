import type { PipelineGraph } from '@otelier/query';
import { bytesText, percentText, rateText } from '../graph/numbers.ts';
import type { Paint } from '../terminal/color.ts';
import { terminalText } from '../terminal-text.ts';
import { type CpuUsage, sortRows, type TopRow } from './rows.ts';
import type { SortName } from './sort-names.ts';

/** What one picture of `otelier top` shows. */
export interface Frame {
  readonly graph: PipelineGraph;
  readonly rows: readonly TopRow[];
  readonly cpu: CpuUsage | undefined;
  readonly sort: SortName;
  /** A message instead of the keys, such as an error. */
  readonly message?: string | undefined;
  readonly isPaused?: boolean;
}

/** The size of a terminal. */
export interface Size {
  readonly columns: number;
  readonly lines: number;
}

interface Column {
  readonly title: string;
  readonly sort: SortName;
  readonly text: (row: TopRow) => string;
}

const COLUMNS: readonly Column[] = [
  { title: 'items/s', sort: 'items', text: (row) => rateText(row.itemsPerSecond) },
  { title: 'bytes/s', sort: 'bytes', text: (row) => bytesText(row.bytesPerSecond) },
  {
    title: 'refused/s',
    sort: 'refused',
    text: (row) => (row.refusedPerSecond > 0 ? rateText(row.refusedPerSecond) : ''),
  },
  {
    title: 'dropped/s',
    sort: 'dropped',
    text: (row) => (row.droppedPerSecond > 0 ? rateText(row.droppedPerSecond) : ''),
  },
  {
    title: 'dropped',
    sort: 'dropped',
    text: (row) => (row.droppedItems > 0 ? row.droppedItems.toLocaleString('en') : ''),
  },
  { title: 'queue', sort: 'queue', text: (row) => (row.queueShare === undefined ? '' : percentText(row.queueShare)) },
  { title: 'CPU', sort: 'cpu', text: (row) => (row.cpuCores === undefined ? '-' : percentText(row.cpuCores)) },
];

const KEYS = 'q quit · space pause · sort by: c CPU, i items, b bytes, d dropped, r refused, u queue, n name';

/** Returns the lines of a picture that fit a terminal. Without a size, all of them. */
export function frameLines(frame: Frame, paint: Paint, size?: Size): string[] {
  const head = headLines(frame);
  const body = tableLines(frame, paint, size?.columns);
  const foot =
    frame.message === undefined
      ? size === undefined
        ? []
        : [paint('dim', cut(KEYS, size.columns))]
      : [paint('red', cut(safe(frame.message), size?.columns))];
  if (size === undefined) return [...head, '', ...body, ...foot];
  const capacity = Math.max(0, size.lines - head.length - foot.length - 1);
  const shown = body.slice(0, capacity);
  if (shown.length < body.length && capacity > 1)
    shown[capacity - 1] = paint('dim', `… ${body.length - capacity + 1} more`);
  return [...head.map((line) => cut(line, size.columns)), '', ...shown, ...foot].slice(0, size.lines);
}

function headLines({ graph, isPaused, cpu }: Frame): string[] {
  const { process: stats, admission } = graph;
  const shared = cpu === undefined ? [] : [...cpu.shared].filter(([, cores]) => cores >= 0.005).slice(0, 4);
  return [
    `otelier  ${new Date(graph.atMillis).toISOString().slice(11, 19)}Z${isPaused ? '  PAUSED' : ''}`,
    `CPU ${stats.cpuCores.toFixed(2)} cores  memory ${bytesText(stats.rssBytes)} (heap ${bytesText(stats.heapBytes)})  event loop delay ${stats.eventLoopDelayP99Millis.toFixed(0)} ms`,
    `in flight ${bytesText(admission.inFlightBytes)} of ${bytesText(admission.limitBytes)}  rejected requests ${admission.refusedRequests.toLocaleString('en')}`,
    ...(shared.length === 0
      ? []
      : [`shared code: ${shared.map(([name, cores]) => `${safe(name)} ${percentText(cores)}`).join(', ')}`]),
  ];
}

function tableLines({ rows, sort }: Frame, paint: Paint, columns: number | undefined): string[] {
  const sorted = sortRows(rows, sort);
  const names = sorted.map((row) => safe(row.name));
  const cells = sorted.map((row) => COLUMNS.map((column) => column.text(row)));
  const widths = COLUMNS.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((row) => row[index]?.length ?? 0)),
  );
  const right = widths.reduce((sum, width) => sum + width + 2, 0);
  const natural = Math.max('component'.length, ...names.map((name) => name.length));
  const nameWidth = columns === undefined ? natural : Math.max(8, Math.min(natural, columns - right));
  const title = [
    'component'.padEnd(nameWidth),
    ...COLUMNS.map((column, index) => column.title.padStart(widths[index] ?? 0)),
  ];
  const lines = sorted.flatMap((row, index) => {
    const text = [
      cut(names[index] ?? '', nameWidth).padEnd(nameWidth),
      ...COLUMNS.map((_, position) => (cells[index]?.[position] ?? '').padStart(widths[position] ?? 0)),
    ].join('  ');
    const line = cut(text.trimEnd(), columns);
    return row.error === undefined ? [line] : [line, paint('red', cut(`  ${safe(row.error)}`, columns))];
  });
  return [paint('bold', cut(title.join('  '), columns)), ...lines];
}

/** Escapes control characters and keeps the text on one line, because names can come from an unknown process. */
function safe(text: string): string {
  return terminalText(text.replace(/\s+/g, ' '));
}

function cut(text: string, width: number | undefined): string {
  return width === undefined || text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}
