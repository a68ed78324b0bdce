import type { Section } from '../source/section.ts';
import { dropStage, matchStage, samplingStage } from './drop-stages.ts';
import {
  labelAllowStage,
  labelDropStage,
  labelsStage,
  packStage,
  staticLabelsStage,
  structuredMetadataStage,
  tenantStage,
} from './label-stages.ts';
import { criStage, decolorizeStage, dockerStage, jsonStage, logfmtStage, regexStage } from './parse-stages.ts';
import type { StageContext } from './stage-context.ts';
import { multilineStage, outputStage, replaceStage, templateStage } from './text-stages.ts';
import { timestampStage } from './timestamp-stage.ts';

type ConvertStage = (stage: Section, context: StageContext) => void;

const STAGES: Readonly<Record<string, ConvertStage>> = {
  cri: criStage,
  decolorize: decolorizeStage,
  docker: dockerStage,
  drop: dropStage,
  json: jsonStage,
  labels: labelsStage,
  logfmt: logfmtStage,
  multiline: multilineStage,
  output: outputStage,
  pack: packStage,
  regex: regexStage,
  replace: replaceStage,
  sampling: samplingStage,
  static_labels: staticLabelsStage,
  structured_metadata: structuredMetadataStage,
  template: templateStage,
  tenant: tenantStage,
  timestamp: timestampStage,
};

/** Stages that are not converted, with what to do instead. */
const MISSING: Readonly<Record<string, string>> = {
  eventlogmessage: 'use the operator regex_parser or key_value_parser',
  geoip: 'add the processor geoip to the pipeline',
  limit: 'limit tenants, or sample with the processor probabilistic_sampler',
  luhn: 'use the processor redaction',
  metrics: 'count with the connector count, or aggregate with signal_to_metrics',
  windowsevent: 'there is no receiver for the event log of Windows',
};

/** A stage: its type, its settings, and the names for stages that are lists. */
export interface Stage {
  readonly type: string;
  readonly section: Section;
  readonly names?: readonly string[];
}

/** Converts stages to operators of the context. `innerStages` returns the stages inside a `match`. */
export function convertStages(
  stages: Iterable<Stage>,
  context: StageContext,
  innerStages: (match: Section) => Iterable<Stage>,
): void {
  for (const { type, section, names = [] } of stages) {
    context.report.attach(() => {
      const { length } = context.operators;
      convertOne(type, section, names);
      return context.operators[length];
    });
  }

  function convertOne(type: string, section: Section, names: readonly string[]): void {
    if (type === 'labeldrop') labelDropStage(names, context);
    else if (type === 'labelallow') labelAllowStage(names, context);
    else if (type === 'match')
      matchStage(section, context, (match) => convertStages(innerStages(match), context, innerStages));
    else if (Object.hasOwn(STAGES, type)) STAGES[type]?.(section, context);
    else {
      const instead = Object.hasOwn(MISSING, type)
        ? MISSING[type]
        : 'use operators, the processor transform or a function';
      context.report.missing(section.place, `the stage ${type} is not converted`, instead);
      return;
    }
    section.finish();
  }
}
