import assert from 'node:assert/strict';
import { createRandom } from '@otelier/testkit/otlp/random';
import type { RequestJson } from '@otelier/testkit/request-codec';
import { canonicalItems, parseLines } from '../../e2e/items.ts';
import { type ApiDocument, apiRequests } from './api-requests.ts';
import { prometheusRequests } from './prometheus-requests.ts';
import { canonicalText, type SentRecord, type SentTelemetry, shownAttributes, shownValue } from './sent.ts';

/** Receives the failures of a check. */
export type Report = (message: string) => void;

/** Query parameters that select all times. */
const ALL = 'start=0&end=9223372036000';

/** Client errors that hostile parameters are expected to cause. */
const EXPECTED_REJECTIONS: readonly RegExp[] = [
  /expected at most \d+ characters/,
  /no span of trace/,
  /where: expected one of the fields/,
  /column: expected attributes\.KEY or resource\.KEY/,
  /catalog: expected names of all/,
  /rate needs a sum or a histogram/,
  /expected a regular expression/,
  /: expected a value, got none/,
  /label: expected one of/,
  /id: (expected up to 64 lowercase letters, digits and hyphens|there is no (board|query|search|such search) )/,
  /revision: expected (\d+, |one that is kept|a revision: a whole number)/,
  /edge: expected an edge of the running pipelines/,
  /authorization: expected .{1,2}Bearer TOKEN.{1,2} with the token for edits/,
  /end: expected a time after start/,
  /no rules: expected an extension `alerting`/,
  /no accounts: expected an extension `identity`/,
  /the result is larger than \d+ bytes/,
  /SQL: /,
  /(Parser|Binder) Error/,
];

/** Sends hostile requests to every API operation. None may fail, and every response must be JSON or, where asked for, HTML without scripts. */
export async function checkEndpoints(
  url: string,
  sent: SentTelemetry,
  seed: number,
  count: number,
  report: Report,
): Promise<void> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as ApiDocument;
  for (const { label, path, init } of apiRequests(document, sent, createRandom(seed), count)) {
    const failure = failureOf(await ask(`${url}${path}`, init));
    if (failure !== undefined) report(`${shortened(label)}: ${failure}`);
  }
  for (const { label, path, init } of prometheusRequests(sent, createRandom(seed), 1)) {
    const failure = prometheusFailure(await ask(`${url}${path}`, init));
    if (failure !== undefined) report(`${shortened(label)}: ${failure}`);
  }
}

/** Statuses with which the Prometheus API rejects hostile queries. */
const PROMETHEUS_REJECTIONS: Readonly<Record<string, number>> = { bad_data: 400, execution: 422, timeout: 503 };

function prometheusFailure({ status, text }: Response): string | undefined {
  if (status === 431) return undefined;
  const said = `status ${status}: ${shortened(text)}`;
  try {
    const body = JSON.parse(text) as { readonly status?: string; readonly errorType?: string };
    if (status === 200) return body.status === 'success' ? undefined : said;
    return PROMETHEUS_REJECTIONS[body.errorType ?? ''] === status ? undefined : said;
  } catch (error) {
    return `${said}: invalid JSON: ${error}`;
  }
}

interface Response {
  /** The HTTP status, or 0 if the connection broke. */
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

async function ask(url: string, init?: RequestInit): Promise<Response> {
  try {
    const response = await fetch(url, init);
    const contentType = response.headers.get('content-type') ?? '';
    return { status: response.status, contentType, text: await response.text() };
  } catch (error) {
    return { status: 0, contentType: '', text: String(error) };
  }
}

/** Media types of SQL results other than JSON, whose content the tests of the formats read. */
const SQL_FORMATS = /^(?:text\/csv|application\/vnd\.apache\.(?:arrow\.stream|parquet))/;

function failureOf({ status, contentType, text }: Response): string | undefined {
  // The request line may exceed the limit of the HTTP server.
  if (status === 431) return undefined;
  const said = `status ${status}: ${shortened(text)}`;
  if (status >= 500 || status === 0) return said;
  // A batch returns one response per line.
  const [line] = /^\{"index":\d+,"status":5.*$/m.exec(text) ?? [];
  if (line !== undefined) return shortened(line);
  try {
    if (contentType.startsWith('application/x-ndjson')) parseLines(text);
    else if (contentType.startsWith('text/html')) assert.doesNotMatch(text, /<script/i);
    else if (status !== 200 || !SQL_FORMATS.test(contentType)) JSON.parse(text);
  } catch (error) {
    return `invalid response: ${error}`;
  }
  return status === 200 || EXPECTED_REJECTIONS.some((expected) => expected.test(text)) ? undefined : said;
}

/** Compares the OTLP/JSON export with the sent telemetry, item by item. */
export async function checkExport(url: string, sent: SentTelemetry, report: Report): Promise<void> {
  for (const signal of Object.keys(sent.requests) as (keyof RequestJson)[]) {
    const { status, text } = await ask(`${url}/api/v1/export?signal=${signal}`);
    if (status !== 200) report(`export of ${signal}: status ${status}: ${shortened(text)}`);
    else compareItems(`export of ${signal}`, parseLines(text), sent.requests[signal], report);
  }
}

/** Compares requests item by item, regardless of batching. */
export function compareItems(
  what: string,
  actual: readonly unknown[],
  expected: readonly unknown[],
  report: Report,
): void {
  compare(what, canonicalItems(actual), canonicalItems(expected), report);
}

/** Compares the attributes of every trace and log record returned by the API. */
export async function checkShown(url: string, sent: SentTelemetry, report: Report): Promise<void> {
  await checkTraces(url, sent, report);
  await checkLogs(url, sent, report);
}

async function checkTraces(url: string, sent: SentTelemetry, report: Report): Promise<void> {
  const byTrace = Map.groupBy(sent.spans(), ({ span }) => span.traceId ?? '');
  for (const [traceId, expected] of byTrace) {
    if (traceId === '') continue;
    const response = await getJson(`${url}/api/v1/traces/${traceId}`, report);
    const spans = (response as { spans?: readonly Shown[] } | undefined)?.spans;
    if (spans === undefined) continue;
    compare(
      `trace ${traceId}`,
      spans.map(({ name, attributes, events = [], links = [], resourceAttributes }) =>
        canonicalText([
          name,
          attributes,
          events.map((e) => [e.name, e.attributes]),
          links.map((l) => l.attributes),
          resourceAttributes,
        ]),
      ),
      expected.map(({ span, resource }) =>
        canonicalText([
          span.name ?? '',
          shownAttributes(span.attributes),
          (span.events ?? []).map((event) => [event.name ?? '', shownAttributes(event.attributes)]),
          (span.links ?? []).map((link) => shownAttributes(link.attributes)),
          shownAttributes(resource?.attributes),
        ]),
      ),
      report,
    );
  }
}

interface Shown {
  readonly name: string;
  readonly attributes: unknown;
  readonly resourceAttributes: unknown;
  readonly events?: readonly { readonly name: string; readonly attributes: unknown }[];
  readonly links?: readonly { readonly attributes: unknown }[];
}

async function checkLogs(url: string, sent: SentTelemetry, report: Report): Promise<void> {
  const found: string[] = [];
  let after = '';
  do {
    const page = (await getJson(`${url}/api/v1/logs?${ALL}&limit=100${after}`, report)) as LogsPage | undefined;
    if (page === undefined) return;
    found.push(...page.logs.map(shownRecordText));
    after = page.next === undefined ? '' : `&after=${page.next}`;
  } while (after !== '');
  compare('logs', found, [...sent.logRecords()].filter(isInRange).map(sentRecordText), report);
}

/** Formats a record returned by the API or live tail as a single string. */
export function shownRecordText(log: ShownRecord): string {
  const { body, severityText, eventName = '', attributes, resourceAttributes } = log;
  return canonicalText([bodyText(body), severityText, eventName, attributes, resourceAttributes]);
}

/** Returns the string that `shownRecordText` must return for a sent record. */
export function sentRecordText({ record, resource }: SentRecord): string {
  const { body, severityText = '', eventName = '', attributes } = record;
  const shown = body?.stringValue ?? (body === undefined ? '' : canonicalText(shownValue(body)));
  return canonicalText([
    bodyText(shown),
    severityText,
    eventName,
    shownAttributes(attributes),
    shownAttributes(resource?.attributes),
  ]);
}

/** Normalizes JSON bodies, because bodies other than strings are shown as JSON. */
function bodyText(text: string): string {
  // Integers beyond 2^53 are strings on one side and numbers on the other.
  const round = (_key: string, value: unknown) =>
    typeof value === 'string' && /^-?\d{16,}$/.test(value) ? Number(value) : value;
  try {
    const value: unknown = JSON.parse(text, round);
    // Live tail shows an empty value as an empty string, whereas the store returns `null`.
    return value === null ? '' : canonicalText(value);
  } catch {
    return text;
  }
}

/** Reports whether a record's time is within the API's range. */
function isInRange({ record: { timeUnixNano = '0', observedTimeUnixNano = '0' } }: SentRecord): boolean {
  const time = [timeUnixNano, observedTimeUnixNano].map(BigInt).find((nanos) => nanos !== 0n) ?? 0n;
  return time < LAST_NANOS;
}

const LAST_NANOS = 9_223_372_036_000_000_000n;

interface LogsPage {
  readonly logs: readonly ShownRecord[];
  readonly next?: string;
}

/** The compared fields of a log record returned by the API. */
export interface ShownRecord {
  readonly body: string;
  readonly severityText: string;
  readonly eventName?: string;
  readonly attributes: unknown;
  readonly resourceAttributes: unknown;
}

/** Compares the attributes of every row in every relation. */
export async function checkRelations(url: string, sent: SentTelemetry, report: Report): Promise<void> {
  const attributes = {
    spans: sent.spans().map(({ span }) => span.attributes),
    logs: sent.logRecords().map(({ record }) => record.attributes),
    metric_points: sent.points().map((point) => point.attributes),
  };
  for (const [relation, lists] of Object.entries(attributes)) {
    const expected = [...lists].map((list) => canonicalText(shownAttributes(list)));
    const found = await sql(url, `select attributes from ${relation}`, report);
    if (found !== undefined)
      compare(
        relation,
        found.map(([shown]) => canonicalText(shown)),
        expected,
        report,
      );
    await checkKeys(url, relation, sent, report);
  }
}

/** Maximum number of keys to query by name. */
const MAX_KEYS = 60;

/** Queries attributes individually, which reads columns instead of JSON. */
async function checkKeys(url: string, relation: string, sent: SentTelemetry, report: Report): Promise<void> {
  // SQL text ends at a NUL, and a key that starts with `$` or `/` is a path.
  const keys = [...sent.keys]
    .filter((key) => key !== '' && !/^[$/]|\0/.test(key) && key.length < 300)
    .slice(0, MAX_KEYS);
  const values = keys.map((key, i) => `attributes->>'${key.replaceAll("'", "''")}' as v${i}`);
  // Each expression converts the row to JSON again, so a statement with many of them would reach the memory limit.
  const slow = keys
    .slice(0, 5)
    .map((key, i) => `json_value(attributes, '$."${key.replace(/["\\]/g, '\\$&').replaceAll("'", "''")}"') as v${i}`);
  for (const columns of [values, slow])
    await sql(url, `select ${columns.join(', ')} from ${relation} limit 20`, report);
}

async function sql(
  url: string,
  statement: string,
  report: Report,
): Promise<readonly (readonly unknown[])[] | undefined> {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ statement, maxRows: 100_000 }),
  };
  let { status, text } = await ask(`${url}/api/v1/sql`, init);
  // A process that has grown too large from previous statements is stopped and replaced by a new one.
  if (text.includes('"limit_exceeded"')) ({ status, text } = await ask(`${url}/api/v1/sql`, init));
  if (status === 200) return JSON.parse(text).rows;
  report(`${shortened(statement)}: status ${status}: ${shortened(text)}`);
  return undefined;
}

async function getJson(url: string, report: Report): Promise<unknown> {
  const { status, text } = await ask(url);
  if (status === 200) return JSON.parse(text);
  report(`GET ${shortened(url)}: status ${status}: ${shortened(text)}`);
  return undefined;
}

/** Reports the items that occur a different number of times in the two lists. */
export function compare(what: string, actual: readonly string[], expected: readonly string[], report: Report): void {
  const counts = new Map<string, number>();
  for (const text of expected) counts.set(text, (counts.get(text) ?? 0) + 1);
  for (const text of actual) counts.set(text, (counts.get(text) ?? 0) - 1);
  const wrong = [...counts].filter(([, count]) => count !== 0).sort();
  if (wrong.length === 0) return;
  const shown = wrong
    .slice(0, 4)
    .map(([text, count]) => `\n  ${count > 0 ? 'missing' : 'unexpected'}: ${shortened(text)}`);
  report(`${what}: expected ${expected.length} items, got ${actual.length}${shown.join('')}`);
}

/** Reports the items that occur more often in `actual` than in `expected`. */
export function compareSubset(
  what: string,
  actual: readonly string[],
  expected: readonly string[],
  report: Report,
): void {
  const left = new Map<string, number>();
  for (const text of expected) left.set(text, (left.get(text) ?? 0) + 1);
  for (const text of actual) left.set(text, (left.get(text) ?? 0) - 1);
  const [wrong] = [...left].filter(([, count]) => count < 0);
  if (wrong !== undefined) report(`${what}: unexpected: ${shortened(wrong[0])}`);
}

export function shortened(text: string): string {
  return text.length > 600 ? `${text.slice(0, 600)}… (${text.length} characters)` : text;
}
