import { z } from 'zod';
import { parseNanos } from '../request/duration.ts';
import { timeText } from './response-text.ts';
import { ToolProblem } from './tool.ts';

/** A half-open time range in milliseconds since the Unix epoch. */
export interface TimeRange {
  readonly start: number;
  readonly end: number;
}

/** The input fields of tools that ask about a time range. */
export const rangeInput = {
  last: z
    .string()
    .optional()
    .describe('Length of the range, such as 15m, 6h or 24h, ending at `end` or now. Default 1h.'),
  start: z.string().optional().describe('Start of the range as an ISO 8601 time. Replaces `last`.'),
  end: z.string().optional().describe('End of the range as an ISO 8601 time. Default now.'),
};

type RangeInput = { readonly [name in keyof typeof rangeInput]?: string | undefined };

const HOUR = '1h';

/** Returns the range that an input asks for. Throws a `ToolProblem`. */
export function rangeOf({ last, start, end }: RangeInput, nowMillis: number): TimeRange {
  const endMillis = end === undefined ? nowMillis : timeOf(end, 'end');
  const startMillis = start === undefined ? endMillis - lengthOf(last ?? HOUR) : timeOf(start, 'start');
  if (startMillis < endMillis) return { start: startMillis, end: endMillis };
  throw new ToolProblem(`start: expected a time before ${timeText(endMillis)}, got ${timeText(startMillis)}`);
}

/** Formats a range. */
export function rangeText({ start, end }: TimeRange): string {
  return `${timeText(start)} to ${timeText(end)}`;
}

function timeOf(text: string, name: string): number {
  const millis = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(millis)) return millis;
  throw new ToolProblem(`${name}: expected an ISO 8601 time such as 2026-01-31T12:00:00Z, got ${JSON.stringify(text)}`);
}

/** Parses a positive duration, in which days are allowed. Returns milliseconds. */
function lengthOf(text: string): number {
  const days = /^(\d+)d$/.exec(text)?.[1];
  const nanos = days === undefined ? parseNanos(text) : Number(days) * 86_400e9;
  if (nanos !== undefined && nanos > 0) return Math.max(1, Math.round(nanos / 1e6));
  throw new ToolProblem(`last: expected a duration such as 15m or 6h, got ${JSON.stringify(text)}`);
}
