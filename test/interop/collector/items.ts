import { createHash } from 'node:crypto';
import { requestToJson, SIGNAL_NAMES, type Signal } from '@otelier/otlp';
import { parseNormalized } from '../ottl/evaluate.ts';

/** A request emitted by a component. */
export interface Output {
  readonly signal: string;
  readonly pipeline: string;
  readonly request: Uint8Array;
}

/** Minimum timestamp that belongs to the run, in nanoseconds since the epoch. Inputs have earlier timestamps. */
const RUN_NANOS = 1_780_000_000_000_000_000n;
/** Strings that can be a time of the run: whole ones only, in JSON. */
const TIME = /(?<!\\)"(?:2\d{3}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)|\d{19})"/g;
const RUN_TIME = /^"2(?:0(?:2[6-9]|[3-9]\d)|1\d\d)-/;
const LENGTH = 8;

type Json = Readonly<Record<string, unknown>>;

/**
 * Returns all items in requests as sorted strings, each with its resource, scope and metric, so that grouping and order
 * do not matter. Substrings that match `random` are treated as equal.
 */
export function itemsOf(outputs: readonly Output[], random?: RegExp): string[] {
  return outputs
    .flatMap(({ signal, pipeline, request }) => itemsOfRequest(signal, pipeline, request))
    .map((item) => (random === undefined ? item : item.replace(random, '"random"')))
    .sort();
}

/** Returns a short hash of an item. */
export function hashOf(item: string): string {
  return createHash('sha1').update(item).digest('base64url').slice(0, LENGTH);
}

function itemsOfRequest(signal: string, pipeline: string, request: Uint8Array): string[] {
  if (!isSignal(signal)) throw new Error(`expected a signal, got ${signal}`);
  const root = parseNormalized(requestToJson(signal, request)) as Json;
  const start = `[${JSON.stringify(signal)},${JSON.stringify(pipeline)}`;
  return listIn(root, 'resource').flatMap((resource) => {
    const inResource = `${start},${masked(without(resource))}`;
    return listIn(resource, 'scope').flatMap((scope) => {
      const inScope = `${inResource},${masked(without(scope))}`;
      return listIn(scope, '').flatMap((item) => splitMetric(item).map((each) => `${inScope},${masked(each)}]`));
    });
  });
}

/** Returns the JSON of a value without times of the run. */
function masked(value: unknown): string {
  return JSON.stringify(value).replace(TIME, maskTime);
}

function isSignal(signal: string): signal is Signal {
  return (SIGNAL_NAMES as readonly string[]).includes(signal);
}

/** Returns the list of child messages in a message: `resourceSpans`, `scopeSpans`, `spans`. */
function listIn(message: Json, prefix: string): Json[] {
  const found = Object.entries(message).find(([key, value]) => Array.isArray(value) && key.startsWith(prefix));
  return (found?.[1] ?? []) as Json[];
}

function without(message: Json): Json {
  return Object.fromEntries(Object.entries(message).filter(([, value]) => !Array.isArray(value)));
}

/** Splits a metric into one entry per data point. Other items are returned unchanged. */
function splitMetric(item: Json): unknown[] {
  const data = Object.entries(item).find(([, value]) => isRecord(value) && Array.isArray(value['dataPoints']));
  if (data === undefined) return [item];
  const [kind, { dataPoints, ...rest }] = data as [string, Json & { dataPoints: unknown[] }];
  return dataPoints.map((point) => ({ ...item, [kind]: rest, point }));
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}

function maskTime(text: string): string {
  const isNow = text.includes('-') ? RUN_TIME.test(text) : BigInt(text.slice(1, -1)) >= RUN_NANOS;
  return isNow ? '"now"' : text;
}
