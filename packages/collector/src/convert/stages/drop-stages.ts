import type { Section } from '../source/section.ts';
import { literal } from './expressions.ts';
import { convertSelector } from './selector.ts';
import { equals, type StageContext } from './stage-context.ts';

/** Converts `drop`, all conditions of which have to be true. */
export function dropStage(stage: Section, context: StageContext): void {
  stage.skip('drop_counter_reason');
  const separator = stage.text('separator') ?? ';';
  const sources = stage.texts('source').flatMap((source) => source.split(',').map((name) => name.trim()));
  const value = stage.text('value');
  const expression = stage.text('expression');
  const longerThan = sizeOf(stage.text('longer_than'));
  if (stage.has('older_than')) {
    stage.missing(
      'older_than',
      'entries are not dropped by their age',
      'use the processor filter with the condition Now() - time > Duration("…")',
    );
    return;
  }
  const conditions: string[] = [];
  if (longerThan !== undefined) conditions.push(`len(body) > ${longerThan}`);
  const subject =
    sources.length === 0 ? 'body' : sources.map((name) => context.textOf(name)).join(` + ${literal(separator)} + `);
  for (const name of sources) conditions.push(context.exists(name));
  if (value !== undefined) conditions.push(equals(subject, value));
  if (expression !== undefined) conditions.push(`${subject} matches ${literal(expression)}`);
  if (conditions.length === 0) stage.report.missing(stage.place, 'expected a condition, got a stage without one');
  else context.drop(conditions.join(' && '));
}

/** Returns a size such as `8kb` in bytes. */
function sizeOf(text: string | undefined): number | undefined {
  const [, number = '', unit = ''] = /^\s*([\d.]+)\s*([kmgt]?)i?b?\s*$/i.exec(text ?? '') ?? [];
  if (number === '') return undefined;
  return Math.round(Number(number) * 1024 ** ' kmgt'.indexOf(unit.toLowerCase() || ' '));
}

/** Converts `match`: stages for the entries that a selector selects, or none of these entries. */
export function matchStage(
  stage: Section,
  context: StageContext,
  convertInner: (stage: Section, context: StageContext) => void,
): void {
  stage.skip('pipeline_name', 'drop_counter_reason');
  const condition = convertSelector(stage.text('selector') ?? '');
  const action = stage.text('action') ?? 'keep';
  if (condition.error !== undefined) {
    stage.report.missing(stage.at('selector'), `${condition.error}; its stages are not converted`);
    stage.skip('stages');
    return;
  }
  if (action === 'drop') context.drop(condition.expression);
  else context.within(condition.expression, () => convertInner(stage, context));
}

/** Converts `sampling`. */
export function samplingStage(stage: Section, context: StageContext): void {
  stage.skip('drop_counter_reason');
  const rate = stage.number('rate');
  if (rate !== undefined) context.drop('', Math.max(0, Math.min(1, 1 - rate)));
}
