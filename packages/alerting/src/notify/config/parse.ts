import { LineCounter, parseDocument } from 'yaml';
import type { TimeInterval } from '../routing/time-interval.ts';
import { readGlobal } from './global.ts';
import type { AlertmanagerConfig } from './model.ts';
import { type ConfigProblem, formatPath, MappingReader, type ReadContext } from './reader.ts';
import { readReceiver } from './receivers.ts';
import { redactedYaml } from './redact.ts';
import { readInhibitRule, readRoute } from './route.ts';
import { readTimeInterval } from './time-intervals.ts';

/** A configuration, or what is wrong with it. */
export interface ParsedConfig {
  /** Missing if there are errors. */
  readonly config: AlertmanagerConfig | undefined;
  readonly errors: readonly ConfigProblem[];
  /** Sections and fields that are accepted but have no effect. */
  readonly warnings: readonly ConfigProblem[];
}

/**
 * Reads a configuration with Alertmanager's names: `global`, `route`, `receivers`, `inhibit_rules`, `time_intervals`,
 * `templates`. Relative paths begin in `directory`.
 */
export function parseAlertmanagerConfig(value: unknown, directory: string): ParsedConfig {
  const context: ReadContext = { errors: [], warnings: [], directory };
  const reader = new MappingReader(value, [], context);
  const global = readGlobal(reader.mapping('global'));
  const receivers = reader.mappings('receivers').map((receiver) => readReceiver(receiver, global));
  const names = receivers.map(({ name }) => name);
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) < index) {
      context.errors.push({
        path: ['receivers', index, 'name'],
        message: `expected a unique name, got ${JSON.stringify(name)} again`,
      });
    }
  }
  const timeIntervals = readTimeIntervals(reader);
  if (!reader.has('route')) reader.error('route', 'expected the root of the routing tree, got none');
  const known = { receivers: new Set(names), timeIntervals: new Set(timeIntervals.keys()) };
  const route = readRoute(reader.mapping('route'), known);
  const inhibitRules = reader.mappings('inhibit_rules').map(readInhibitRule);
  const templates = (reader.texts('templates') ?? []).map((path) => resolvePath(path, directory));
  for (const section of ['tracing', 'event_recorder']) reader.ignore(section, 'not supported, has no effect');
  reader.finish();
  const { errors, warnings } = context;
  if (errors.length > 0) return { config: undefined, errors, warnings };
  const { resolveTimeoutMillis } = global;
  const original = redactedYaml(value);
  const config = { resolveTimeoutMillis, route, receivers, inhibitRules, timeIntervals, templates, original };
  return { config, errors, warnings };
}

function resolvePath(path: string, directory: string): string {
  return path.startsWith('/') ? path : `${directory}/${path}`;
}

/** Reads both sections of time intervals; the older one has another name. */
function readTimeIntervals(reader: MappingReader): ReadonlyMap<string, readonly TimeInterval[]> {
  const intervals = new Map<string, readonly TimeInterval[]>();
  for (const section of ['mute_time_intervals', 'time_intervals']) {
    for (const entry of reader.mappings(section)) {
      const name = entry.text('name') ?? '';
      if (name === '') entry.error('name', 'expected a name, got none');
      if (intervals.has(name)) entry.error('name', `expected a unique name, got ${JSON.stringify(name)} again`);
      intervals.set(name, entry.mappings('time_intervals').map(readTimeInterval));
      entry.finish();
    }
  }
  return intervals;
}

/** Aliases could multiply a small file. */
const MAX_ALIASES = 100;

/** A problem of a file. `message` names the line, the path and what was expected and found. */
export interface FileProblem {
  readonly line: number;
  readonly message: string;
}

/** A configuration from a file, or what is wrong with it. */
export interface ParsedConfigFile {
  readonly config: AlertmanagerConfig | undefined;
  readonly errors: readonly FileProblem[];
  readonly warnings: readonly FileProblem[];
}

/** Reads the text of an `alertmanager.yml`. Relative paths begin in `directory`. */
export function parseAlertmanagerFile(text: string, directory: string): ParsedConfigFile {
  const lineCounter = new LineCounter();
  // Scalars are texts, as Go reads them into texts: a label `1.10` keeps its zero.
  const document = parseDocument(text, { schema: 'failsafe', merge: true, lineCounter, uniqueKeys: true });
  const [syntax] = document.errors;
  if (syntax !== undefined) {
    const { line } = lineCounter.linePos(syntax.pos[0]);
    const message = syntax.message.replace(/ at line \d+, column \d+[\s\S]*/, '');
    return { config: undefined, errors: [{ line, message }], warnings: [] };
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { config: undefined, errors: [{ line: 1, message }], warnings: [] };
  }
  const { config, errors, warnings } = parseAlertmanagerConfig(value, directory);
  const placed = ({ path, message }: ConfigProblem): FileProblem => {
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      const range = (node as { readonly range?: readonly number[] | null } | null | undefined)?.range;
      if (range?.[0] === undefined) continue;
      return { line: lineCounter.linePos(range[0]).line, message: `${formatPath(path)}: ${message}` };
    }
    return { line: 1, message: `${formatPath(path)}: ${message}` };
  };
  return { config, errors: errors.map(placed), warnings: warnings.map(placed) };
}
