import type { TestEntry } from './entries.ts';
import type { TestFilter, TestLogQuery, TestMatcher, TestStage } from './query.ts';

/** An entry that passed a pipeline. */
export interface TestResult {
  readonly time: bigint;
  readonly line: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The state of an entry: its labels by origin, and the names that stages have set. */
interface State {
  line: string;
  /** Names of the labels that the stream had at first, which stay taken. */
  readonly taken: ReadonlySet<string>;
  stream: Record<string, string>;
  metadata: Record<string, string>;
  parsed: Record<string, string>;
  set: Set<string>;
  error: string;
}

/** Evaluates a log query over all entries, straight from Loki's documentation and without any index. */
export function bruteForceLog(query: TestLogQuery, entries: readonly TestEntry[]): TestResult[] {
  return entries.flatMap((entry) => {
    if (!query.matchers.every((matcher) => matches(matcher, entry.stream[matcher.name] ?? ''))) return [];
    const state: State = {
      line: entry.line,
      taken: new Set(Object.keys(entry.stream)),
      stream: { ...entry.stream },
      metadata: { ...entry.metadata },
      parsed: {},
      set: new Set(),
      error: '',
    };
    for (const stage of query.stages) if (!apply(stage, state)) return [];
    const error = state.error === '' ? {} : { __error__: state.error };
    return [{ time: entry.time, line: state.line, labels: { ...allLabels(state), ...error } }];
  });
}

function allLabels({ stream, metadata, parsed }: State): Record<string, string> {
  return { ...stream, ...metadata, ...parsed };
}

function matches({ operator, value }: TestMatcher, text: string): boolean {
  if (operator === '=') return text === value;
  if (operator === '!=') return text !== value;
  return new RegExp(`^(?:${value})$`, 's').test(text) === (operator === '=~');
}

function apply(stage: TestStage, state: State): boolean {
  switch (stage.kind) {
    case 'line': {
      const isPlain = stage.operator === '|=' || stage.operator === '!=';
      const found = stage.values.some((value) =>
        isPlain ? state.line.includes(value) : new RegExp(value).test(state.line),
      );
      return found === stage.operator.startsWith('|');
    }
    case 'json':
      parseJson(state);
      return true;
    case 'logfmt':
      for (const [name, value] of logfmtPairs(state.line)) if (value !== '') extract(state, name, value);
      return true;
    case 'pattern':
      parsePattern(state);
      return true;
    case 'regexp':
      parseRegexp(state);
      return true;
    case 'filter':
      return holds(stage.filter, state);
    case 'line_format':
      state.line = stage.names.map((name) => allLabels(state)[name] ?? '').join('-');
      return true;
    case 'rename': {
      const value = allLabels(state)[stage.from];
      if (value === undefined) return true;
      setLabel(state, stage.to, value);
      remove(state, stage.from);
      return true;
    }
    case 'copy':
      setLabel(state, stage.to, `<${allLabels(state)[stage.from] ?? ''}>`);
      return true;
    case 'drop':
      for (const name of stage.names) remove(state, name);
      return true;
    case 'keep':
      for (const name of Object.keys(allLabels(state))) if (!stage.names.includes(name)) remove(state, name);
      return true;
  }
}

/** The first value of an extracted label is kept; one that the entry already has gets a suffix. */
function extract(state: State, name: string, value: string): void {
  const isTaken = name in state.metadata || state.taken.has(name);
  const own = isTaken ? `${name}_extracted` : name;
  if (state.set.has(own)) return;
  setLabel(state, own, value);
}

function setLabel(state: State, name: string, value: string): void {
  delete state.metadata[name];
  state.parsed[name] = value;
  state.set.add(name);
}

function remove(state: State, name: string): void {
  delete state.metadata[name];
  delete state.parsed[name];
  delete state.stream[name];
}

function parseJson(state: State): void {
  let value: unknown;
  try {
    value = JSON.parse(state.line);
  } catch {
    value = undefined;
  }
  if (typeof value !== 'object' || value === null) {
    state.error = 'JSONParserErr';
    return;
  }
  const visit = (object: object, prefix: string): void => {
    for (const [key, inner] of Object.entries(object)) {
      if (typeof inner === 'object' && inner !== null) visit(inner, `${prefix}${key}_`);
      else extract(state, `${prefix}${key}`, String(inner));
    }
  };
  visit(value, '');
}

/** Reads the pairs of a line; an invalid one is skipped up to the next space. */
function logfmtPairs(line: string): [string, string][] {
  const pairs: [string, string][] = [];
  for (let rest = line.trimStart(); rest !== ''; rest = rest.trimStart()) {
    const match = /^([^\s="]+)(?:=(?:"([^"]*)"|([^\s"=]*))(?=\s|$))?(?=\s|$)/.exec(rest);
    if (match !== null) {
      pairs.push([(match[1] ?? '').replace(/^(\d)/, '_$1').replace(/[^A-Za-z0-9_]/g, '_'), match[2] ?? match[3] ?? '']);
      rest = rest.slice(match[0].length);
    } else if (/^[^\s="]+="[^"]*$/.test(rest)) rest = '';
    else rest = rest.replace(/^\S+/, '');
  }
  return pairs;
}

function parseRegexp(state: State): void {
  const groups = /([A-Z]+) (\/[a-z0-9/]*)/.exec(state.line);
  if (groups === null) return;
  extract(state, 'verb', groups[1] ?? '');
  extract(state, 'uri', groups[2] ?? '');
}

/** Matches `<ip> - "<verb> <uri>" <code> <took>`: a capture without its end takes the rest. */
function parsePattern(state: State): void {
  const names = ['ip', 'verb', 'uri', 'code', 'took'];
  const literals = [' - "', ' ', '" ', ' '];
  let rest = state.line;
  for (const [index, name] of names.entries()) {
    const literal = literals[index];
    const at = literal === undefined ? -1 : rest.indexOf(literal);
    extract(state, name, at < 0 ? rest : rest.slice(0, at));
    if (at < 0 || literal === undefined) return;
    rest = rest.slice(at + literal.length);
  }
}

function holds(filter: TestFilter, state: State): boolean {
  if ('left' in filter) {
    const left = holds(filter.left, state);
    if (filter.kind === 'or') return left || holds(filter.right, state);
    return holds(filter.right, state) && left;
  }
  if (filter.kind === 'text') {
    return matches(filter, filter.name === '__error__' ? state.error : (allLabels(state)[filter.name] ?? ''));
  }
  const text = allLabels(state)[filter.name];
  if (text === undefined) return false;
  const value = convert(filter.kind, text);
  if (value === undefined) {
    if (state.error === '') state.error = 'LabelFilterErr';
    return true;
  }
  const wanted = convert(filter.kind, filter.value) ?? 0;
  const results = { '>': value > wanted, '>=': value >= wanted, '<': value < wanted, '<=': value <= wanted };
  if (filter.operator === '==') return value === wanted;
  return filter.operator === '!=' ? value !== wanted : results[filter.operator];
}

const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };
const BYTE_UNITS: Readonly<Record<string, number>> = { B: 1, KB: 1e3, MB: 1e6, KiB: 1024, MiB: 1024 ** 2 };

/** Converts a text to a number, nanoseconds or bytes, or returns `undefined`. */
export function convert(kind: 'number' | 'duration' | 'bytes', text: string): number | undefined {
  if (kind === 'number') return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
  if (kind === 'bytes') {
    const match = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(text);
    const unit = match?.[2] === '' ? 1 : BYTE_UNITS[match?.[2] ?? ''];
    return match === null || unit === undefined ? undefined : Math.trunc(Number(match[1]) * unit);
  }
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  let nanos = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    nanos += Number(number) * (DURATION_UNITS[unit ?? ''] ?? 0);
  }
  return nanos;
}
