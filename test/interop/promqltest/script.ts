import type { Labels } from '../../../packages/query/src/promql/labels/labels.ts';
import type { LoadedSeries } from '../../../packages/query/src/promql/loaded-samples.ts';
import { parseDurationMillis, parseNumber, unquote } from '../../../packages/query/src/promql/parse/literals.ts';
import { parseSeries, type SequenceValue } from '../../../packages/query/src/promql/series-notation.ts';
import { parseStartTimes, type StartTimes } from './start-times.ts';

/** What an `expect` line demands. */
export interface Expectation {
  readonly type: 'ordered' | 'fail' | 'warn' | 'no_warn' | 'info' | 'no_info';
  matches(text: string): boolean;
  readonly text: string;
}

/** A query with its expected result. */
export interface Evaluation {
  readonly kind: 'eval';
  readonly line: number;
  readonly query: string;
  readonly isRange: boolean;
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly expectations: readonly Expectation[];
  readonly series: readonly { readonly labels: Labels; readonly values: readonly SequenceValue[] }[];
  readonly scalar: number | undefined;
  readonly string: string | undefined;
  /** Whether the result is a range vector at the times from `start` to `end`. */
  readonly isRangeVector: boolean;
}

/** A command of a test script. */
export type Command =
  | { readonly kind: 'clear' }
  | {
      readonly kind: 'load';
      readonly step: number;
      readonly withCustomBuckets: boolean;
      readonly series: readonly LoadedSeries[];
    }
  | Evaluation;

const LOAD = /^load(?:_(with_nhcb))?\s+(.+?)$/;
const INSTANT = /^eval(?:_(fail|warn|ordered|info))?\s+instant\s+(?:at\s+(.+?))?\s+(.+)$/;
const RANGE = /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+?)\s+(.+)$/;
const EXPECT = /^expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(regex|msg):(.+))?$/;

/** Parses a script in the language of Prometheus' query tests. */
export function parseScript(text: string): Command[] {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .map((line) => (line.startsWith('#') ? '' : line));
  const commands: Command[] = [];
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (line === '') continue;
    const body: string[] = [];
    const number = index + 1;
    if (/^clear/i.test(line)) {
      commands.push({ kind: 'clear' });
      continue;
    }
    for (; index + 1 < lines.length && lines[index + 1] !== ''; index++) body.push(lines[index + 1] ?? '');
    commands.push(/^load/.test(line) ? parseLoad(line, body) : parseEval(line, body, number));
  }
  return commands;
}

function duration(text: string): number {
  const millis = parseDurationMillis(text);
  if (millis === undefined) throw new Error(`expected a duration, got "${text}"`);
  return millis;
}

function parseLoad(line: string, body: readonly string[]): Command {
  const [, custom, step = ''] = LOAD.exec(line) ?? [];
  const series: LoadedSeries[] = [];
  let starts: StartTimes | undefined;
  for (const text of body) {
    const isStarts = /^\S+@st\s/.test(text);
    if (isStarts) {
      starts = parseStartTimes(text.replace(/^\S+@st\s+/, ''));
      continue;
    }
    series.push({ ...parseSeries(text), starts });
    starts = undefined;
  }
  return { kind: 'load', step: duration(step), withCustomBuckets: custom !== undefined, series };
}

type Result = Pick<Evaluation, 'expectations' | 'series' | 'scalar' | 'string'>;

function parseEval(line: string, body: readonly string[], number: number): Evaluation {
  const instant = INSTANT.exec(line);
  const range = RANGE.exec(line);
  if (instant === null && range === null) throw new Error(`line ${number}: expected eval, got "${line}"`);
  const modifier = instant?.[1] ?? range?.[1];
  const query = instant?.[3] ?? range?.[5] ?? '';
  const at = duration(instant?.[2] ?? '0');
  const times = range === null || instant !== null ? { start: at, end: at, step: 0 } : timesOf(range.slice(2, 5));
  const vector = body.map((text) => RANGE_VECTOR.exec(text)).find((match) => match !== null);
  const result = parseResult(body.filter((text) => !RANGE_VECTOR.test(text)));
  const implied: Expectation[] =
    modifier === undefined ? [] : [{ type: modifier as Expectation['type'], matches: () => true, text: '' }];
  return {
    kind: 'eval',
    line: number,
    query,
    isRange: instant === null,
    ...(vector === undefined ? times : timesOf(vector.slice(1))),
    ...result,
    expectations: [...implied, ...result.expectations],
    isRangeVector: vector !== undefined,
  };
}

const RANGE_VECTOR = /^expect range vector\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+)$/;

function timesOf([start = '', end = '', step = '']: readonly string[]): Pick<Evaluation, 'start' | 'end' | 'step'> {
  return { start: duration(start), end: duration(end), step: duration(step) };
}

function parseResult(body: readonly string[]): Result {
  const expectations: Expectation[] = [];
  const series: Result['series'][number][] = [];
  let scalar: number | undefined;
  let string: string | undefined;
  for (const text of body) {
    const number = parseNumber(text);
    if (text.startsWith('expect string')) string = unquote(text.slice('expect string '.length));
    else if (/^expect(\s|$)/.test(text)) expectations.push(parseExpectation(text));
    else if (/^expected_fail_message/.test(text)) expectations.push(exactly('fail', text.replace(/^\S+\s+/, '')));
    else if (/^expected_fail_regexp/.test(text)) expectations.push(pattern('fail', text.replace(/^\S+\s+/, '')));
    else if (number !== undefined) scalar = number;
    else series.push(parseSeries(text));
  }
  return { expectations, series, scalar, string };
}

function parseExpectation(line: string): Expectation {
  const [, type = '', how, text = ''] = EXPECT.exec(line) ?? [];
  if (how === 'msg') return exactly(type as 'fail', text.trim());
  if (how === 'regex') return pattern(type as 'fail', text.trim());
  return { type: type as 'fail', matches: () => true, text: '' };
}

function exactly(type: Expectation['type'], text: string): Expectation {
  return { type, matches: (actual) => actual === text, text };
}

function pattern(type: Expectation['type'], source: string): Expectation {
  const expression = new RegExp(source);
  return { type, matches: (actual) => expression.test(actual), text: source };
}
