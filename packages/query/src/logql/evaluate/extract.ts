import type { Grouping, RangeExpr, Unwrap } from '../parse/ast.ts';
import { type Parsed, parseBytes, parseFloat64, parseGoDuration } from '../parse/units.ts';
import { compilePipeline } from '../pipeline/compile.ts';
import { ERROR_LABEL } from '../pipeline/entry-labels.ts';
import { compileLabelFilter } from '../pipeline/label-filter.ts';
import { type LogEntry, PIPELINE_ERRORS } from '../pipeline/stage.ts';

/** A sample that an entry yields. */
export interface ExtractedSample {
  readonly labels: readonly (readonly [string, string])[];
  readonly value: number;
}

/** Compiles the pipeline of a range aggregation, which turns entries into samples. Throws a `LogqlParseError`. */
export function compileExtractor(
  expr: RangeExpr,
  nowMillis: () => number,
): (entry: LogEntry) => ExtractedSample | undefined {
  const { log, unwrap, operator } = expr;
  const pipeline = compilePipeline(log.stages, nowMillis);
  const group = groupLabels(groupingOf(expr));
  if (unwrap === undefined) {
    const isBytes = operator.startsWith('bytes_');
    return (entry) => {
      const kept = pipeline(entry);
      if (kept === undefined) return undefined;
      return { labels: group(kept.labels.toMap()), value: isBytes ? Buffer.byteLength(kept.line) : 1 };
    };
  }
  const filters = unwrap.filters.map(compileLabelFilter);
  const convert = converterOf(unwrap);
  return (entry) => {
    const kept = pipeline(entry);
    const text = kept?.labels.get(unwrap.label) ?? '';
    if (kept === undefined || text === '') return undefined;
    const parsed = convert(text);
    if ('error' in parsed) kept.labels.fail(PIPELINE_ERRORS.sample, parsed.error);
    for (const filter of filters) if (!filter(kept)) return undefined;
    return { labels: group(kept.labels.toMap()), value: 'error' in parsed ? 0 : parsed.value };
  };
}

/** Without a grouping, the unwrapped label is left out, because its value is that of the sample. */
function groupingOf({ grouping, unwrap }: RangeExpr): Grouping | undefined {
  if (unwrap === undefined) return grouping;
  if (grouping !== undefined && !grouping.without && grouping.labels.length > 0) return grouping;
  if (grouping !== undefined && !grouping.without) return grouping;
  return { without: true, labels: [...(grouping?.labels ?? []), unwrap.label] };
}

function groupLabels(
  grouping: Grouping | undefined,
): (labels: ReadonlyMap<string, string>) => readonly (readonly [string, string])[] {
  if (grouping === undefined) return (labels) => [...labels];
  const names = new Set(grouping.labels);
  // An error must not be lost with the other labels.
  return (labels) =>
    labels.has(ERROR_LABEL) ? [...labels] : [...labels].filter(([name]) => names.has(name) !== grouping.without);
}

function converterOf({ conversion }: Unwrap): (text: string) => Parsed {
  switch (conversion) {
    case 'bytes':
      return parseBytes;
    case 'duration':
    case 'duration_seconds':
      return (text) => {
        const parsed = parseGoDuration(text);
        return 'value' in parsed ? { value: parsed.value / 1e9 } : parsed;
      };
    case undefined:
      return parseFloat64;
  }
}
