import { isAscii, isUtf8 } from 'node:buffer';
import type { z } from '../../component/schema.ts';
import type { OperatorContext } from '../definition/operator.ts';
import type { ParserConfig } from '../definition/parser.ts';
import { readOperatorConfig } from '../definition/read-config.ts';
import type { Field } from '../entry/field.ts';
import type { OperatorConfigs } from '../pipeline.ts';
import type { severityFields } from '../record/severity.ts';
import type { timeFields } from '../record/time.ts';
import type { traceFields } from '../record/trace.ts';
import { operatorOf } from '../registry.ts';
import type { FlatRecord } from './flat-record.ts';
import { jsonFields } from './json-fields.ts';
import { KeyTable } from './key-table.ts';
import { patternFields } from './pattern-fields.ts';
import type { ReadFields } from './read-fields.ts';
import { type DirectStep, moveStep, removeStep, severityStep, timeStep, traceStep } from './steps.ts';

/** Makes records of lines without making values of their parts. */
export interface DirectParser {
  /** Reads the line that the record begins with. Returns false if the operators have to process it. */
  read(record: FlatRecord, start: number, end: number): boolean;
  /** Reports whether lines in these bytes can be read. */
  canRead(bytes: Buffer): boolean;
}

/**
 * Returns the parser for operators that read JSON or match an expression and then at most use, move or remove attributes;
 * `undefined` for others. Lines that these do not process plainly, or not without an error, are left to the operators.
 * `reserved` are attributes that the records have already.
 */
export function compileDirect(
  configs: OperatorConfigs,
  reserved: readonly string[],
  context: OperatorContext,
): DirectParser | undefined {
  const keys = new KeyTable(reserved);
  const [parser, ...others] = configs.map(readConfig);
  const fields = parser && fieldsOf(parser, keys);
  if (parser === undefined || fields === undefined) return undefined;
  const steps = [
    ...stepsOfParser(parser.config as ParserConfig, context, keys),
    ...others.map((one) => stepOf(one, context, keys)),
  ];
  if (!steps.every((step) => step !== undefined)) return undefined;
  return {
    canRead: fields.isAscii ? isAscii : isUtf8,
    read(record, start, end) {
      if (!fields.read(record, start, end)) return false;
      for (let index = 0; index < steps.length; index++) if (!(steps[index] as DirectStep)(record)) return false;
      return true;
    },
  };
}

interface ReadOperator {
  readonly type: string;
  readonly config: unknown;
}

/** Returns a valid configuration without a condition and with the following operator as output. */
function readConfig(raw: OperatorConfigs[number]): ReadOperator | undefined {
  const type = String(raw['type']);
  const definition = operatorOf(type);
  if (definition === undefined || raw['if'] !== undefined || raw['output'] !== undefined) return undefined;
  const { config, issues } = readOperatorConfig(definition.config, raw) as { config: unknown; issues?: unknown };
  return issues === undefined ? { type, config } : undefined;
}

function fieldsOf(
  { type, config }: ReadOperator,
  keys: KeyTable,
): { readonly read: ReadFields; readonly isAscii: boolean } | undefined {
  if (type !== 'json_parser' && type !== 'regex_parser') return undefined;
  const { parseFrom, parseTo, body, scopeName } = config as ParserConfig;
  if (parseFrom.root !== 'body' || parseFrom.keys.length > 0) return undefined;
  if (parseTo.root !== 'attributes' || parseTo.keys.length > 0) return undefined;
  if (body !== undefined || scopeName !== undefined) return undefined;
  if (type === 'json_parser') {
    const { parseInts } = config as { readonly parseInts: boolean };
    return { read: jsonFields(keys, parseInts), isAscii: false };
  }
  const { regex, cache } = config as { readonly regex: string; readonly cache?: { readonly size: number } };
  const read = (cache?.size ?? 0) > 0 ? undefined : patternFields(keys, regex);
  return read && { read, isAscii: true };
}

function stepsOfParser(
  { timestamp, severity, trace }: ParserConfig,
  context: OperatorContext,
  keys: KeyTable,
): (DirectStep | undefined)[] {
  return [
    ...(timestamp === undefined ? [] : [timeStep(timestamp, context, keys)]),
    ...(severity === undefined ? [] : [severityStep(severity, keys)]),
    ...(trace === undefined ? [] : [traceStep(trace, keys)]),
  ];
}

function stepOf(read: ReadOperator | undefined, context: OperatorContext, keys: KeyTable): DirectStep | undefined {
  switch (read?.type) {
    case 'time_parser':
      return timeStep(read.config as z.output<z.ZodObject<typeof timeFields>>, context, keys);
    case 'severity_parser':
      return severityStep(read.config as z.output<z.ZodObject<typeof severityFields>>, keys);
    case 'trace_parser':
      return traceStep(read.config as z.output<z.ZodObject<typeof traceFields>>, keys);
    case 'remove':
      return removeStep((read.config as { readonly field: Field }).field, keys);
    case 'move': {
      const { from, to } = read.config as { readonly from: Field; readonly to: Field };
      return moveStep(from, to, keys);
    }
    default:
      return undefined;
  }
}
