import { createHash } from 'node:crypto';
import { requestFromJson, requestToJson, rewriteItems, type Signal } from '@otelier/otlp';
import { compileCondition, compileStatement } from '../../../packages/collector/src/ottl/compile/compiler.ts';
import { STANDARD_FUNCTIONS } from '../../../packages/collector/src/ottl/functions/standard.ts';
import { OttlError } from '../../../packages/collector/src/ottl/grammar/error.ts';
import type { Subject } from '../../../packages/collector/src/ottl/record/subject.ts';
import { EvaluationError } from '../../../packages/collector/src/ottl/values/value.ts';
import { transformHooks } from '../../../packages/collector/src/processors/transform/hooks.ts';
import type { ComparedContext } from './inputs.ts';

const SIGNALS: Readonly<Record<ComparedContext, Signal>> = {
  log: 'logs',
  span: 'traces',
  metric: 'metrics',
  datapoint: 'metrics',
  exemplar: 'metrics',
};
const environment = { now: () => 0, random: () => 0 };
const BATCH = { tenant: 'default', subject: undefined, metadata: {}, arrivalMillis: 0 };

/** Returns the outcome of a statement or condition for an input, as a normalized string. */
export type Evaluate = (input: string) => string;

/** Compiles a statement. Returns `undefined` if it is invalid. */
export function statementEvaluator(context: ComparedContext, text: string): Evaluate | undefined {
  const compiled = orInvalid(() => compileStatement(text, optionsOf(context)));
  if (compiled === undefined) return undefined;
  return (input) => {
    let error = false;
    const run = (subject: Subject): void => {
      error = fails(() => compiled.run(subject));
    };
    const { bytes } = rewriteItems(
      SIGNALS[context],
      encode(context, input),
      transformHooks(context, run, environment),
      BATCH,
    );
    const output = bytes === undefined ? '' : normalize(requestToJson(SIGNALS[context], bytes));
    return `${error ? 'error ' : ''}${output}`;
  };
}

/** Compiles a condition. Returns `undefined` if it is invalid. */
export function conditionEvaluator(context: ComparedContext, text: string): Evaluate | undefined {
  const compiled = orInvalid(() => compileCondition(text, optionsOf(context)));
  if (compiled === undefined) return undefined;
  return (input) => {
    let result = 'error';
    const test = (subject: Subject): void => {
      fails(() => {
        result = String(compiled.test(subject));
      });
    };
    rewriteItems(SIGNALS[context], encode(context, input), transformHooks(context, test, environment), BATCH);
    return result;
  };
}

/** Length of a hash. */
export const HASH_LENGTH = 4;

/** Returns a short hash of an outcome. */
export function hashOf(outcome: string): string {
  return createHash('sha1').update(outcome).digest('base64url').slice(0, HASH_LENGTH);
}

/** Normalizes a request from either implementation: omits empty messages and defaults, and sorts keys. */
export function normalize(json: string): string {
  return JSON.stringify(parseNormalized(json));
}

/** Returns the parsed result of `normalize`. */
export function parseNormalized(json: string): unknown {
  return prune(JSON.parse(json), false);
}

/**
 * Returns the request as otelier encodes it, because the two implementations encode numbers and optional fields
 * differently.
 */
export function canonical(context: ComparedContext, json: string): string {
  return normalize(requestToJson(SIGNALS[context], encode(context, json)));
}

function optionsOf(context: ComparedContext) {
  return { context, functions: STANDARD_FUNCTIONS, requiresContextNames: true };
}

function orInvalid<T>(compile: () => T): T | undefined {
  try {
    return compile();
  } catch (error) {
    if (error instanceof OttlError) return undefined;
    throw error;
  }
}

function fails(evaluate: () => void): boolean {
  try {
    evaluate();
    return false;
  } catch (error) {
    if (error instanceof EvaluationError) return true;
    throw error;
  }
}

function encode(context: ComparedContext, input: string): Uint8Array {
  const request = requestFromJson(SIGNALS[context], input);
  if (!request.ok) throw new Error(`${JSON.stringify(request)} for ${input}`);
  return request.bytes;
}

/** Removes defaults. Attribute values and bodies remain unchanged, apart from key order. */
function prune(value: unknown, isAnyValue: boolean): unknown {
  if (Array.isArray(value)) {
    const list = value.map((element) => prune(element, isAnyValue));
    return list.every(isKeyValue) ? list.sort((left, right) => (left.key < right.key ? -1 : 1)) : list;
  }
  if (typeof value !== 'object' || value === null) return value;
  const record = value as Readonly<Record<string, unknown>>;
  const entries: [string, unknown][] = [];
  for (const key of Object.keys(record).sort()) {
    const entry = prune(record[key], isAnyValue || key === 'value' || key === 'body');
    if (isAnyValue || key === 'value' || !isDefault(entry)) entries.push([key, entry]);
  }
  return Object.fromEntries(entries);
}

function isKeyValue(element: unknown): element is { key: string } {
  return typeof element === 'object' && element !== null && 'key' in element;
}

function isDefault(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === 0 || value === '' || value === '0' || value === false;
}
