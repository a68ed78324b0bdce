import { evaluateLog } from '../../../logql/evaluate/log-query.ts';
import { parseLogql } from '../../../logql/parse/parse.ts';
import { parseBytes, parseGoDuration } from '../../../logql/parse/units.ts';
import { EntryLabels } from '../../../logql/pipeline/entry-labels.ts';
import { parseJson } from '../../../logql/pipeline/json-parser.ts';
import { compileLogfmt } from '../../../logql/pipeline/logfmt-parser.ts';
import type { PipelineEntry, StageFunction } from '../../../logql/pipeline/stage.ts';
import { evaluationOf, type LokiHandler, type LokiRequest } from '../context.ts';
import { boundsOf, limitOf } from '../parameters.ts';
import { LokiProblem } from '../problem.ts';
import { labelsIn } from './series.ts';

const DEFAULT_LIMIT = 1000;
const DEFAULT_LINES = 100;
const MAX_LIMIT = 5000;

/** `detected_labels`: the labels of streams with their numbers of values. */
export const detectedLabels: LokiHandler = async (request) => {
  const found = await labelsIn(request);
  const labels = [...found].filter(([, values]) => values.size > 0);
  return { detectedLabels: labels.map(([label, values]) => ({ label, cardinality: values.size })) };
};

interface Field {
  readonly values: Set<string>;
  readonly parsers: Set<string>;
}

/** `detected_fields`: the structured metadata of the newest lines, and the fields that parsers find in them. */
export const detectedFields: LokiHandler = async (request) => {
  const limit = limitOf(request.parameters, 'limit', DEFAULT_LIMIT, MAX_LIMIT);
  const fields = [...(await fieldsOf(request))].slice(0, limit);
  return {
    fields: fields.map(([label, { values, parsers }]) => ({
      label,
      type: typeOf([...values][0] ?? ''),
      cardinality: values.size,
      parsers: parsers.size === 0 ? null : [...parsers],
    })),
    limit,
  };
};

/** `detected_field/{name}/values`: the values of a detected field. */
export const detectedFieldValues: LokiHandler = async (request) => {
  const limit = limitOf(request.parameters, 'limit', DEFAULT_LIMIT, MAX_LIMIT);
  const field = (await fieldsOf(request)).get(request.argument);
  return { values: [...(field?.values ?? [])].slice(0, limit), limit };
};

const PARSERS: readonly (readonly [string, StageFunction])[] = [
  ['json', parseJson],
  ['logfmt', compileLogfmt({ kind: 'logfmt', strict: true, keepEmpty: false, expressions: [] })],
];

async function fieldsOf(request: LokiRequest): Promise<ReadonlyMap<string, Field>> {
  const { parameters } = request;
  const expr = parseLogql(parameters.get('query') ?? '');
  if (expr.kind !== 'log') throw new LokiProblem(400, 'only log selector is supported');
  const { start, end } = boundsOf(parameters, request.nowMillis());
  const limit = limitOf(parameters, 'line_limit', DEFAULT_LINES, MAX_LIMIT);
  const options = { start, end, limit, direction: 'backward', interval: 0n } as const;
  const fields = new Map<string, Field>();
  const add = (name: string, value: string, parser: string | undefined): void => {
    const field = fields.get(name) ?? { values: new Set(), parsers: new Set() };
    fields.set(name, field);
    field.values.add(value);
    if (parser !== undefined) field.parsers.add(parser);
  };
  for (const entry of await evaluateLog(expr, options, evaluationOf(request))) {
    const { metadata, parsed } = entry.labels.categories();
    for (const [name, value] of metadata) add(name, value, undefined);
    for (const [name, value] of parsed) if (!name.startsWith('__')) add(name, value, undefined);
    parseLine(entry, add);
  }
  return fields;
}

/** Extracts the fields of a line with the first parser that understands it. */
function parseLine(entry: PipelineEntry, add: (name: string, value: string, parser: string) => void): void {
  for (const [parser, parse] of PARSERS) {
    const labels = new EntryLabels(new Map(), new Map());
    parse({ time: entry.time, line: entry.line, labels });
    if (labels.error !== '') continue;
    const found = [...labels.entries()];
    for (const [name, value] of found) add(name, value, parser);
    if (found.length > 0) return;
  }
}

function typeOf(value: string): string {
  if (/^[+-]?\d{1,18}$/.test(value)) return 'int';
  if (/^[+-]?(\d+\.\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)) return 'float';
  if (/^(true|false)$/i.test(value)) return 'boolean';
  if ('value' in parseGoDuration(value)) return 'duration';
  return /\d/.test(value) && 'value' in parseBytes(value) ? 'bytes' : 'string';
}
