import { type FieldReader, WireFormatError } from '@otelier/otlp';
import { PatternError } from '../../patterns/pattern.ts';
import { compileAnchored, type Matcher } from '../../promql/labels/matcher.ts';
import type { Selection } from '../../promql/source.ts';
import { PrometheusProblem } from '../api/problem.ts';
import { appendUints, fieldsOf, intOf, messageOf, textOf, uintOf } from '../write/fields.ts';
import { RemoteWriteError } from '../write/series.ts';

/** The form of a response: the samples in one message, or a stream of encoded chunks. */
export type ReadResponseType = 'samples' | 'chunks';

/** A remote read request. */
export interface ReadRequest {
  readonly queries: readonly Selection[];
  readonly responseType: ReadResponseType;
}

/** Maximum number of queries of a request. */
const MAX_QUERIES = 100;
const RESPONSE_TYPES: readonly ReadResponseType[] = ['samples', 'chunks'];

/** Decodes a remote read request. Throws a `PrometheusProblem`. */
export function decodeReadRequest(bytes: Uint8Array): ReadRequest {
  const queries: Selection[] = [];
  const accepted: number[] = [];
  try {
    for (const field of fieldsOf(bytes, 0, bytes.length)) {
      if (field.field === 1) queries.push(queryOf(field));
      else if (field.field === 2) appendUints(field, accepted);
      if (queries.length > MAX_QUERIES) throw invalid(`expected at most ${MAX_QUERIES} queries, got more`);
    }
  } catch (error) {
    if (!(error instanceof WireFormatError || error instanceof RemoteWriteError)) throw error;
    throw invalid(error.message);
  }
  const supported = accepted.find((type) => RESPONSE_TYPES[type] !== undefined);
  if (accepted.length > 0 && supported === undefined) {
    throw invalid(
      `server does not support any of the requested response types: ${accepted.join(', ')}; supported: 0, 1`,
    );
  }
  return { queries, responseType: RESPONSE_TYPES[supported ?? 0] ?? 'samples' };
}

function queryOf(message: FieldReader): Selection {
  let [start, end] = [0, 0];
  const matchers: Matcher[] = [];
  for (const field of messageOf(message)) {
    if (field.field === 1) start = intOf(field);
    else if (field.field === 2) end = intOf(field);
    else if (field.field === 3) matchers.push(matcherOf(field));
  }
  return { start, end, matchers };
}

const OPERATORS = ['=', '!=', '=~', '!~'] as const;

function matcherOf(message: FieldReader): Matcher {
  let type = 0;
  let [name, value] = ['', ''];
  for (const field of messageOf(message)) {
    if (field.field === 1) type = uintOf(field);
    else if (field.field === 2) name = textOf(field);
    else if (field.field === 3) value = textOf(field);
  }
  const operator = OPERATORS[type];
  if (operator === undefined) throw invalid(`invalid matcher type ${type}`);
  return { name, operator, value, pattern: type < 2 ? undefined : patternOf(value) };
}

function patternOf(source: string): Matcher['pattern'] {
  try {
    return compileAnchored(source);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw invalid(`regular expression ${JSON.stringify(source)}: ${error.message}`);
  }
}

function invalid(reason: string): PrometheusProblem {
  return new PrometheusProblem('bad_data', `read request: ${reason}`);
}
