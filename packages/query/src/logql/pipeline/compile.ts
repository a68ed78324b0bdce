import type { Stage } from '../parse/ast.ts';
import { EntryLabels } from './entry-labels.ts';
import { compileLabelFormat, compileLineFormat } from './formats.ts';
import { compileJsonExpressions, parseJson, unpack } from './json-parser.ts';
import { compileLabelFilter } from './label-filter.ts';
import { compileDrop, compileKeep, decolorize } from './label-stages.ts';
import { compileLineFilter } from './line-filter.ts';
import { compilePatternParser } from './line-pattern.ts';
import { compileLogfmt } from './logfmt-parser.ts';
import { compileRegexpParser } from './regexp-parser.ts';
import type { LogEntry, PipelineEntry, StageFunction } from './stage.ts';

/** Passes an entry through all stages. Returns `undefined` if one of them filters it out. */
export type Pipeline = (entry: LogEntry) => PipelineEntry | undefined;

/** Compiles the stages of a pipeline. Throws a `LogqlParseError`. */
export function compilePipeline(stages: readonly Stage[], nowMillis: () => number): Pipeline {
  const functions = stages.map((stage) => compileStage(stage, nowMillis));
  return ({ time, line, stream, metadata }) => {
    const entry: PipelineEntry = { time, line, labels: new EntryLabels(stream, metadata) };
    for (const process of functions) if (!process(entry)) return undefined;
    return entry;
  };
}

function compileStage(stage: Stage, nowMillis: () => number): StageFunction {
  switch (stage.kind) {
    case 'line-filter':
      return compileLineFilter(stage);
    case 'json':
      return stage.expressions.length === 0 ? parseJson : compileJsonExpressions(stage.expressions);
    case 'logfmt':
      return compileLogfmt(stage);
    case 'regexp':
      return compileRegexpParser(stage.text);
    case 'pattern': {
      const pattern = compilePatternParser(stage.text);
      return ({ line, labels }) => {
        pattern.match(line, (name, value) => labels.extract(name, value));
        return true;
      };
    }
    case 'unpack':
      return unpack;
    case 'decolorize':
      return decolorize;
    case 'label-filter':
      return compileLabelFilter(stage.filter);
    case 'line-format':
      return compileLineFormat(stage.text, nowMillis);
    case 'label-format':
      return compileLabelFormat(stage.formats, nowMillis);
    case 'drop':
      return compileDrop(stage.labels);
    case 'keep':
      return compileKeep(stage.labels);
  }
}
