import { formatValue } from './format-value.ts';
import { formatSpan } from './span-pattern.ts';
import type { RecordedLog, RecordedTrace, Telemetry } from './telemetry.ts';

/** Lines of one message. */
const MAX_LINES = 60;

/** Describes traces and log records, one line each. */
export function formatTelemetry({ traces, logs, openSpans }: Telemetry): string {
  const open = openSpans.map(({ name, place }) => `  ${name}${place === undefined ? '' : ` at ${place}`}`);
  return limitLines([
    ...(traces.length === 0 ? ['No span was recorded.'] : traces.flatMap(traceLines)),
    ...(open.length === 0 ? [] : ['Spans that have not ended:', ...open]),
    ...(logs.length === 0 ? [] : ['Log records:', ...logs.map((log) => `  ${formatLog(log)}`)]),
  ]).join('\n');
}

/** Describes a trace as an indented tree. Stops at the limit of lines, because traces can be deep. */
function traceLines({ roots }: RecordedTrace): readonly string[] {
  const lines: string[] = [];
  const open = roots.map((span) => ({ span, depth: 1 })).reverse();
  for (let next = open.pop(); next !== undefined && lines.length <= MAX_LINES; next = open.pop()) {
    const { span, depth } = next;
    lines.push(`${'  '.repeat(depth)}${formatSpan(span)}`);
    open.push(...span.children.map((child) => ({ span: child, depth: depth + 1 })).reverse());
  }
  return lines;
}

/** Describes a log record in one line. */
export function formatLog({ severityText, severityNumber, body, eventName, attributes }: RecordedLog): string {
  const keys = Object.entries(attributes).map(([key, value]) => `${key}=${formatValue(value)}`);
  const text = body === undefined ? eventName : formatValue(body);
  return [severityText || `severity ${severityNumber}`, text, ...keys].join(' ');
}

/** Cuts a list of lines, and says so. */
export function limitLines(lines: readonly string[]): readonly string[] {
  if (lines.length <= MAX_LINES) return lines;
  return [...lines.slice(0, MAX_LINES), '… and more'];
}
