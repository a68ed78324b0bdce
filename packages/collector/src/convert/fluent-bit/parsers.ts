import type { ConversionReport } from '../report.ts';
import type { Section } from '../source/section.ts';
import { literal } from '../stages/expressions.ts';
import type { StageContext } from '../stages/stage-context.ts';
import { recordField, recordValue } from './accessor.ts';
import { goLayoutOf } from './time-format.ts';

const QUIET = { on_error: 'send_quiet' } as const;

/** A parser of Fluent Bit. */
export interface FluentParser {
  readonly name: string;
  readonly format: string;
  readonly regex: string;
  readonly timeKey: string;
  readonly timeFormat: string;
  readonly keepsTime: boolean;
  readonly location: string;
  readonly types: readonly (readonly [key: string, type: string])[];
  readonly place: Section['place'];
}

/** Reads a section `[PARSER]`. */
export function readParser(section: Section): FluentParser {
  const types = (section.text('types') ?? '').split(/\s+/).filter((part) => part.includes(':'));
  section.missing('decode_field', 'values are not decoded', 'add the operator json_parser');
  section.missing('decode_field_as', 'values are not decoded', 'add the operator json_parser');
  section.missing('time_system_timezone', 'times without a zone are in UTC', 'set location of the time_parser');
  section.skip('skip_empty_values', 'logfmt_no_bare_keys', 'time_strict');
  const parser = {
    name: section.text('name') ?? '',
    format: (section.text('format') ?? 'regex').toLowerCase(),
    regex: section.text('regex') ?? '',
    timeKey: section.text('time_key') ?? 'time',
    timeFormat: section.text('time_format') ?? '',
    keepsTime: section.boolean('time_keep') === true,
    location: zoneOf(section.text('time_offset')),
    types: types.map((part) => part.split(':', 2) as [string, string]),
    place: section.place,
  };
  section.finish();
  return parser;
}

/** `+0200` becomes the zone of the database of the same offset, which has the other sign. */
function zoneOf(offset: string | undefined): string {
  const [, sign, hours] = /^([+-])(\d\d)00$/.exec(offset ?? '') ?? [];
  return sign === undefined ? 'UTC' : `Etc/GMT${sign === '+' ? '-' : '+'}${Number(hours)}`;
}

/** Where a parser reads, and what it does with the text and the other values. */
export interface ParseOptions {
  /** The key of the record with the text; `undefined` for the line itself, which is the body. */
  readonly key: string | undefined;
  readonly keepsKey: boolean;
  readonly keepsOthers: boolean;
}

/**
 * Adds the operators of a parser, whose result is the record. A text that cannot be parsed leaves the record, or is its
 * key `log`.
 */
export function parseRecord(
  parser: FluentParser,
  options: ParseOptions,
  context: StageContext,
  report: ConversionReport,
): void {
  const result = context.internal('parsed');
  const isParsed = `${result.expression} != nil`;
  const from = options.key === undefined ? 'body' : recordField(options.key);
  const exists = options.key === undefined ? '' : `type(${recordValue(options.key)}) == "string"`;
  const operator = parserOperator(parser, report);
  if (operator === undefined) {
    if (options.key === undefined) context.push({ type: 'move', from: 'body', to: 'body.log' });
    return;
  }
  context.push({ ...operator, parse_from: from, parse_to: result.field, ...QUIET }, exists);
  for (const [key, type] of parser.types) {
    const convert = { integer: 'int', float: 'float', string: 'string' }[type.toLowerCase()];
    const value = `${result.expression}?.[${literal(key)}]`;
    const text =
      type.toLowerCase() === 'bool' ? `lower(string(${value})) == "true"` : `${convert ?? 'string'}(${value})`;
    context.push(
      { type: 'add', field: `${result.field}["${key}"]`, value: `EXPR(${text})`, ...QUIET },
      `${value} != nil`,
    );
  }
  addTime(parser, result, context);
  if (options.key === undefined) {
    const isText = context.internal('text');
    context.push({ type: 'add', field: isText.field, value: true }, `${result.expression} == nil`);
    context.push({ type: 'move', from: 'body', to: 'body.log' }, `${isText.expression} == true`);
    context.push({ type: 'move', from: result.field, to: 'body' }, isParsed);
    return;
  }
  if (!options.keepsOthers) {
    const fields = options.keepsKey
      ? { type: 'retain', fields: [from] }
      : { type: 'add', field: 'body', value: 'EXPR({})' };
    context.push(fields, isParsed);
  } else if (!options.keepsKey) context.push({ type: 'remove', field: from, ...QUIET }, isParsed);
  context.push({ type: 'move', from: result.field, to: 'body' }, isParsed);
}

function parserOperator({ format, regex, place, name }: FluentParser, report: ConversionReport) {
  if (format === 'json') return { type: 'json_parser', parse_ints: true };
  if (format === 'logfmt') return { type: 'key_value_parser' };
  if (format === 'ltsv') return { type: 'key_value_parser', delimiter: ':', pair_delimiter: '\t' };
  const pattern = regex.replace(/^\/(.*)\/$/, '$1');
  if (format === 'regex' && /\(\?P?<\w+>/.test(pattern)) return { type: 'regex_parser', regex: pattern };
  report.missing(place, `the parser ${name} of the format ${format} is not converted`, 'use the operator regex_parser');
  return undefined;
}

function addTime(
  { timeKey, timeFormat, keepsTime, location }: FluentParser,
  result: { readonly field: string; readonly expression: string },
  context: StageContext,
): void {
  if (timeFormat === '') return;
  const value = `${result.expression}?.[${literal(timeKey)}]`;
  const field = `${result.field}["${timeKey}"]`;
  for (const layout of goLayoutOf(timeFormat))
    context.push(
      {
        type: 'time_parser',
        parse_from: field,
        layout_type: layout === 's' || layout === 's.ns' ? 'epoch' : 'gotime',
        layout,
        ...(layout.startsWith('s') ? {} : { location }),
        ...QUIET,
      },
      `${value} != nil`,
    );
  if (!keepsTime) context.push({ type: 'remove', field, ...QUIET }, `${value} != nil`);
}
