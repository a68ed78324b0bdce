import type { TraceDrop, WhyResponse } from '@otelier/query';
import { createApiClient } from '@otelier/query/client';
import type { Console } from '../console.ts';
import { CommandFailure } from '../failure.ts';
import { terminalText } from '../terminal-text.ts';

/** The options of `otelier why`. */
export interface WhyOptions {
  readonly url: string;
  readonly json?: boolean;
}

/** Prints which components of a running process dropped a trace, and whether the trace is stored. */
export async function whyCommand(traceId: string, { url, json }: WhyOptions, console: Console): Promise<void> {
  if (!/^[0-9a-f]{32}$/i.test(traceId))
    throw new CommandFailure(`trace ID: expected 32 hexadecimal digits, got ${JSON.stringify(traceId)}`);
  const client = createApiClient(url, { token: console.environment['OTELIER_TOKEN'] });
  const why = await client.get(`/why/${traceId.toLowerCase()}`);
  if (json) console.print(JSON.stringify(why, undefined, 2));
  else for (const line of whyLines(why)) console.print(terminalText(line));
}

/** Formats why a trace is missing. */
export function whyLines({ traceId, drops, storedSpans, window }: WhyResponse): string[] {
  return [
    ...(drops.length === 0 ? [`Trace ${traceId}: no component has dropped it within the window.`] : []),
    ...drops.flatMap((drop) => dropLines(traceId, drop)),
    ...(storedSpans === undefined ? [] : [storedLine(storedSpans)]),
    windowLine(window),
  ];
}

function dropLines(traceId: string, drop: TraceDrop): string[] {
  const { kind, component, pipelines, reason, rule, place, message, item, isReturned, atMillis } = drop;
  const what = isReturned ? 'refused, and its sender may send it again,' : 'dropped';
  const where = pipelines.length === 0 ? '' : ` in ${pipelines.join(', ')}`;
  const details = [
    ['reason', reason],
    ['rule', rule],
    ['place', place],
    ['message', message],
    ['item', item && itemText(item)],
  ] as const;
  return [
    `Trace ${traceId}: ${what} by ${kind} ${component}${where}, ${new Date(atMillis).toISOString()}`,
    ...details.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name.padEnd(7)}  ${value}`])),
  ];
}

function itemText({ name, service, timeMillis }: NonNullable<TraceDrop['item']>): string {
  const time = timeMillis > 0 ? new Date(timeMillis).toISOString() : '';
  return [name, service, time].filter((text) => text !== '').join('  ');
}

function storedLine(spans: number): string {
  if (spans === 0) return 'The store has no span of it.';
  return spans === 1 ? 'The store has 1 span of it.' : `The store has ${spans.toLocaleString('en-US')} spans of it.`;
}

function windowLine({ maxTraces, maxTracesPerRule, sinceMillis, skippedTraces }: WhyResponse['window']): string {
  const window = `the last ${maxTraces.toLocaleString('en-US')} dropped traces, and the last ${maxTracesPerRule} of each rule`;
  const since = sinceMillis === undefined ? 'since the start' : `since ${new Date(sinceMillis).toISOString()}`;
  const skipped = skippedTraces === 0 ? '' : `; ${skippedTraces.toLocaleString('en-US')} came too fast to be recorded`;
  return `Window: ${window}; complete ${since}${skipped}.`;
}
