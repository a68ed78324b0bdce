import type { ConfigBuilder, OutputMap } from '../output/config-builder.ts';
import { readRules } from '../relabel/rule.ts';
import type { ConversionReport } from '../report.ts';
import type { Section } from '../source/section.ts';
import type { StageContext } from '../stages/stage-context.ts';

/** What targets need to become receivers. */
export interface ScrapeContext {
  readonly builder: ConfigBuilder;
  readonly report: ConversionReport;
  /** ID of the extension for positions. */
  readonly storage: string;
}

/** The receiver of a target, before its operators are added. */
export interface Target {
  readonly type: string;
  readonly name: string;
  readonly config: OutputMap;
  readonly processors?: readonly string[];
  /** Labels that entries have when the stages begin. */
  readonly labels: Iterable<string>;
  /** Adds the operators before the stages. */
  prepare?(context: StageContext): void;
}

/** Reads the rules that change labels. */
export function rulesOf(section: Section) {
  return readRules(section.sections('relabel_configs'));
}
