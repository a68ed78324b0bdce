import { PatternError } from '@otelier/query/pattern';
import { createMatcher, type Matcher, type MatchOperator } from '../matching/matcher.ts';
import { MatcherError, parseMatchers } from '../matching/parse-matchers.ts';
import type { InhibitRule, RouteConfig } from './model.ts';
import type { MappingReader } from './reader.ts';

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Routes inside of routes. */
const MAX_DEPTH = 50;

/** What the names in a route refer to. */
export interface RouteNames {
  readonly receivers: ReadonlySet<string>;
  readonly timeIntervals: ReadonlySet<string>;
}

/** Reads a route and those inside of it. */
export function readRoute(reader: MappingReader, names: RouteNames, depth = 0): RouteConfig {
  const receiver = reader.text('receiver');
  if (receiver !== undefined && !names.receivers.has(receiver)) {
    reader.error('receiver', `expected the name of a receiver, got ${JSON.stringify(receiver)}`);
  }
  const matchers = readMatchers(reader, 'match', 'match_re', 'matchers');
  const mute = intervalNames(reader, 'mute_time_intervals', names);
  const active = intervalNames(reader, 'active_time_intervals', names);
  const isContinued = reader.flag('continue') ?? false;
  if (depth === 0) checkRoot(reader, receiver, { matchers, intervals: [...mute, ...active], isContinued });
  const children = reader.mappings('routes');
  if (depth >= MAX_DEPTH) reader.error('routes', `expected at most ${MAX_DEPTH} levels, got more`);
  const config: RouteConfig = {
    receiver,
    groupBy: readGroupBy(reader),
    groupWaitMillis: reader.durationMillis('group_wait'),
    groupIntervalMillis: positive(reader, 'group_interval'),
    repeatIntervalMillis: positive(reader, 'repeat_interval'),
    matchers,
    muteTimeIntervals: mute,
    activeTimeIntervals: active,
    isContinued,
    labels: reader.textMap('labels'),
    routes: depth >= MAX_DEPTH ? [] : children.map((child) => readRoute(child, names, depth + 1)),
  };
  reader.finish();
  return config;
}

function checkRoot(
  reader: MappingReader,
  receiver: string | undefined,
  {
    matchers,
    intervals,
    isContinued,
  }: { matchers: readonly Matcher[]; intervals: readonly string[]; isContinued: boolean },
): void {
  if (receiver === undefined)
    reader.error('receiver', 'expected the receiver of alerts that no other route takes, got none');
  if (matchers.length > 0) reader.error('matchers', 'expected none in the root route, which takes every alert');
  if (intervals.length > 0) reader.error('mute_time_intervals', 'expected no time intervals in the root route');
  if (isContinued) reader.error('continue', 'expected no `continue` in the root route');
}

function positive(reader: MappingReader, name: string): number | undefined {
  const millis = reader.durationMillis(name);
  if (millis === 0) reader.error(name, 'expected a duration above 0, got 0');
  return millis;
}

function readGroupBy(reader: MappingReader): RouteConfig['groupBy'] {
  const names = reader.texts('group_by');
  if (names === undefined) return undefined;
  if (names.includes('...')) {
    if (names.length === 1) return 'all';
    reader.error('group_by', 'expected no other labels beside "...", which stands for all');
    return 'all';
  }
  const duplicate = names.find((name, index) => names.indexOf(name) < index);
  if (duplicate !== undefined)
    reader.error('group_by', `expected each label once, got ${JSON.stringify(duplicate)} twice`);
  return names;
}

function intervalNames(reader: MappingReader, field: string, { timeIntervals }: RouteNames): readonly string[] {
  const names = reader.texts(field) ?? [];
  for (const name of names) {
    if (!timeIntervals.has(name)) reader.error(field, `expected names of time intervals, got ${JSON.stringify(name)}`);
  }
  return names;
}

/** Reads the three ways to write matchers. */
function readMatchers(reader: MappingReader, equal: string, pattern: string, list: string): readonly Matcher[] {
  const old = (field: string, operator: MatchOperator) =>
    Object.entries(reader.textMap(field)).flatMap(([name, value]) => {
      if (!LABEL_NAME.test(name)) reader.error(field, `expected names of labels, got ${JSON.stringify(name)}`);
      // As Alertmanager shows it: group keys, by which receivers know groups, contain it.
      const shown = operator === '=~' ? `^(?:${value})$` : value;
      return attempt(reader, field, () => [createMatcher(name, operator, shown)]);
    });
  const matchers = [...old(equal, '='), ...old(pattern, '=~')];
  const texts = reader.texts(list) ?? [];
  return [...matchers, ...texts.flatMap((text) => attempt(reader, list, () => parseMatchers(text)))];
}

function attempt(reader: MappingReader, field: string, read: () => readonly Matcher[]): readonly Matcher[] {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof MatcherError || error instanceof PatternError)) throw error;
    reader.error(field, error.message);
    return [];
  }
}

/** Reads a rule of `inhibit_rules`. */
export function readInhibitRule(reader: MappingReader): InhibitRule {
  const rule = {
    name: reader.text('name') ?? '',
    source: readMatchers(reader, 'source_match', 'source_match_re', 'source_matchers'),
    target: readMatchers(reader, 'target_match', 'target_match_re', 'target_matchers'),
    equal: reader.texts('equal') ?? [],
  };
  reader.finish();
  return rule;
}
