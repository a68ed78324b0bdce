import { z } from '../../component/schema.ts';
import { EvaluationError, type Value } from '../../ottl/values/value.ts';
import type { Entry } from '../entry/entry.ts';
import { type Field, MISSING } from '../entry/field.ts';
import { scopeNameFields, scopeNameParser } from '../record/scope-name.ts';
import { severityFields, severityParser } from '../record/severity.ts';
import { timeFields, timeParser } from '../record/time.ts';
import { traceFields, traceParser } from '../record/trace.ts';
import { type EntryConfig, entryField, entryFields } from './fields.ts';
import { OperatorConfigError, type OperatorContext, type OperatorDefinition } from './operator.ts';
import { createGuard, processEach } from './process-entries.ts';

/** The fields of all parsers. */
export const parserFields = {
  ...entryFields,
  parseFrom: entryField('Field to parse.').prefault('body'),
  parseTo: entryField('Field for the result.', true).prefault('attributes'),
  body: entryField('Field of the result to use as body.').optional(),
  timestamp: z.object(timeFields).optional().describe('Parses the time afterwards, as `time_parser` does.'),
  severity: z.object(severityFields).optional().describe('Parses the severity afterwards, as `severity_parser` does.'),
  trace: z.object(traceFields).optional().describe('Parses the trace afterwards, as `trace_parser` does.'),
  scopeName: z
    .object(scopeNameFields)
    .optional()
    .describe('Sets the name of the scope afterwards, as `scope_name_parser` does.'),
};

/** The configuration of a parser. */
export type ParserConfig = EntryConfig & z.output<z.ZodObject<typeof parserFields>>;

type Shape = z.core.$ZodLooseShape;

/** What a parser of values declares. */
export interface ParserOptions<S extends Shape> {
  readonly type: string;
  readonly summary: string;
  readonly fields: S;
  /**
   * Returns the function that parses a value, or throws an `EvaluationError`. It gets the entry too, for parsers that
   * depend on it.
   */
  create(config: z.output<z.ZodObject<S>>, context: OperatorContext): (value: Value, entry: Entry) => Value;
}

/** Defines an operator that parses a field of each entry. */
export function defineParser<S extends Shape>(options: ParserOptions<S>): OperatorDefinition {
  return {
    type: options.type,
    summary: options.summary,
    config: z.object({ ...parserFields, ...options.fields }),
    create(config: ParserConfig & z.output<z.ZodObject<S>>, id, context) {
      const parse = parseStep(config, options.create(config, context), context);
      const guard = createGuard(config, id, context);
      return { process: (entries, emit) => emit(processEach(entries, guard, parse)) };
    },
  };
}

/** Returns the step of a parser: parses the field, stores the result, then parses time, severity, trace and scope. */
export function parseStep(
  config: ParserConfig,
  parse: (value: Value, entry: Entry) => Value,
  context: OperatorContext,
): (entry: Entry) => void {
  const { parseFrom, parseTo, body } = config;
  if (body !== undefined && parseTo.root === 'body' && parseTo.keys.length === 0)
    throw new OperatorConfigError('expected either "body" or "parse_to: body", got both');
  const after = [
    config.timestamp && timeParser(config.timestamp, context),
    config.severity && severityParser(config.severity),
    config.trace && traceParser(config.trace),
    config.scopeName && scopeNameParser(config.scopeName),
  ].filter((step) => step !== undefined);
  return (entry) => {
    const value = parseFrom.get(entry);
    if (value === MISSING) throw new EvaluationError(`expected the field ${parseFrom}, got an entry without it`);
    parseTo.set(entry, parse(value, entry));
    if (body !== undefined) setBody(entry, body);
    if (after.length > 0) runAll(after, entry);
  };
}

function setBody(entry: Entry, field: Field): void {
  const value = field.get(entry);
  if (value !== MISSING) entry.body = value;
}

/** Runs all steps, also after one has failed, then throws the first error. */
function runAll(steps: readonly ((entry: Entry) => void)[], entry: Entry): void {
  let failure: unknown;
  for (const step of steps) {
    try {
      step(entry);
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
}
