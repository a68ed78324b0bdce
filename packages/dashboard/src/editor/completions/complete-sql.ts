import type { Completion, CompletionContext, CompletionResult, CompletionSource } from '@codemirror/autocomplete';
import type { FacetsResponse, SqlResponse } from '@otelier/query';
import { formatCount } from '../../format/number.ts';
import { msg, t } from '../../locale/t.ts';
import { sendQuery } from '../../query/send-query.ts';
import type { CompletionRange } from '../contract.ts';
import { SQL_TOKENS } from '../tokens.ts';
import { millisRange, readNames } from './names.ts';

/** Relations and macros, and what they are. */
const RELATIONS: Readonly<Record<string, string>> = {
  spans: msg('one row per span'),
  logs: msg('one row per log record'),
  metric_points: msg('one row per data point'),
  services: msg('one row per service'),
  edges: msg('edges of the pipeline'),
  ledger: msg('counts of the components'),
};
const MACROS: Readonly<Record<string, string>> = {
  'red()': msg('requests, errors, p50 and p95 per service and step'),
  'slow_routes()': msg('operations by share of time'),
  'n_plus_one()': msg('repeated calls within a span'),
  'error_rate_by_release()': msg('error rate per version'),
  'log_patterns()': msg('log bodies without their variables'),
};
const VARIABLES: Readonly<Record<string, string>> = {
  '$__timeFilter(start_time)': msg('within the page’s time range'),
  '$__timeGroup(start_time)': msg('steps of the chart'),
  '$__timeFrom()': msg('start of the range'),
  '$__timeTo()': msg('end of the range'),
};
const SIGNALS: Readonly<Record<string, string>> = { spans: 'traces', logs: 'logs', metric_points: 'metrics' };

/** Completes relations, columns with their types, attribute keys, values, functions and keywords. */
export function completeSql(range: () => CompletionRange): CompletionSource {
  return async (context) => {
    const before = context.state.sliceDoc(0, context.pos);
    const all = context.state.doc.toString();
    const key = /attributes\s*->>?\s*'([^']*)$/i.exec(before);
    if (key !== null) return attributeKeys(context, key[1] ?? '', all, range());
    const value = /(?:([\w.]+)|attributes\s*->>?\s*'([^']+)')\s*(?:=|!=|<>|i?like)\s*'([^']*)$/i.exec(before);
    if (value !== null) return values(context, value, all, range());
    if (insideString(before)) return null;
    const word = context.matchBefore(/[\w$]*/);
    if (word === null || (word.from === word.to && !context.explicit)) return null;
    const isTable = /\b(?:from|join)\s+[\w]*$/i.test(before);
    return {
      from: word.from,
      validFor: /^[\w$]*$/,
      options: isTable
        ? [...entries(RELATIONS, 'class', 2), ...entries(MACROS, 'function', 1)]
        : [...(await columns(all)), ...entries(VARIABLES, 'variable', 1), ...WORDS],
    };
  };
}

const WORDS: readonly Completion[] = [
  ...[...SQL_TOKENS.functions].map((label) => ({ label, type: 'function', apply: `${label}(` })),
  ...[...SQL_TOKENS.keywords].map((label) => ({ label: label.toUpperCase(), type: 'keyword', boost: -1 })),
];

function entries(words: Readonly<Record<string, string>>, type: string, boost: number): readonly Completion[] {
  return Object.entries(words).map(([label, detail]) => ({ label, detail: t(detail), type, boost }));
}

/** Returns the relations that a statement names, or all that have rows of telemetry. */
function relationsIn(statement: string): readonly string[] {
  const named = Object.keys(RELATIONS).filter((name) => new RegExp(`\\b${name}\\b`, 'i').test(statement));
  return named.length === 0 ? Object.keys(SIGNALS) : named;
}

const known = new Map<string, Promise<readonly Completion[]>>();

async function columns(statement: string): Promise<readonly Completion[]> {
  const lists = await Promise.all(relationsIn(statement).map(columnsOf));
  const all = new Map<string, Completion>();
  for (const column of lists.flat()) if (!all.has(column.label)) all.set(column.label, column);
  return [...all.values()];
}

/** Reads the columns of a relation with their types. They do not change while the page is open. */
function columnsOf(relation: string): Promise<readonly Completion[]> {
  let found = known.get(relation);
  if (found === undefined) {
    const body = { statement: `SELECT * FROM ${relation} LIMIT 0`, maxRows: 1 };
    found = sendQuery('/api/v1/sql', AbortSignal.timeout(20_000), body)
      .then((response) => response.json() as Promise<SqlResponse>)
      .then(({ columns: list }) => list.map(({ name, type }) => completionOf(relation, name, type)));
    found.catch(() => known.delete(relation));
    known.set(relation, found);
  }
  return found.catch(() => []);
}

function completionOf(relation: string, name: string, type: string): Completion {
  const apply = name === 'attributes' || name === 'resource_attributes' ? { apply: `${name}->>'` } : {};
  return {
    label: name,
    detail: type.toLowerCase(),
    info: t('column of {relation}', { relation }),
    type: 'property',
    boost: 3,
    ...apply,
  };
}

async function attributeKeys(
  { pos }: CompletionContext,
  typed: string,
  statement: string,
  range: CompletionRange,
): Promise<CompletionResult> {
  const signals = relationsIn(statement).flatMap((relation) => SIGNALS[relation] ?? []);
  const found = await Promise.all(
    signals.map((signal) => readNames<FacetsResponse>('/api/v1/attributes', { ...millisRange(range), signal })),
  );
  const counts = new Map<string, number>();
  for (const { value, count } of found.flatMap((one) => one?.facets[0]?.values ?? [])) {
    counts.set(value, (counts.get(value) ?? 0) + count);
  }
  return {
    from: pos - typed.length,
    validFor: /^[^']*$/,
    options: [...counts].map(([label, count]) => ({
      label,
      type: 'property',
      detail: formatCount(count),
      apply: `${label}'`,
    })),
  };
}

async function values(
  { pos }: CompletionContext,
  [, column, attribute, typed = '']: RegExpExecArray,
  statement: string,
  range: CompletionRange,
): Promise<CompletionResult | null> {
  const field = fieldOf(column, attribute);
  if (field === undefined) return null;
  const isLogs = relationsIn(statement)[0] === 'logs';
  const found = await readNames<FacetsResponse>(isLogs ? '/api/v1/logs/facets' : '/api/v1/attributes/values', {
    ...millisRange(range),
    field,
  });
  const list = found?.facets[0]?.values ?? [];
  const total = list.reduce((sum, { count }) => sum + count, 0);
  return {
    from: pos - typed.length,
    validFor: /^[^']*$/,
    options: list.map(({ value: label, count }) => ({
      label,
      type: 'text',
      detail: `${Math.round((count / Math.max(1, total)) * 100)} %`,
      apply: `${label.replaceAll("'", "''")}'`,
    })),
  };
}

/** Returns the field of the JSON API for a column or attribute whose values are known. */
function fieldOf(column: string | undefined, attribute: string | undefined): string | undefined {
  if (attribute !== undefined) return `attributes.${attribute}`;
  switch (column?.replace(/^.*\./, '').toLowerCase()) {
    case 'service_name':
      return 'service';
    case 'name':
      return 'name';
    case 'status_code':
      return 'status';
    case 'kind':
      return 'kind';
    default:
      return undefined;
  }
}

function insideString(before: string): boolean {
  return (before.match(/'/g)?.length ?? 0) % 2 === 1;
}
