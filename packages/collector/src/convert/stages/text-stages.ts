import type { Section } from '../source/section.ts';
import { all, literal } from './expressions.ts';
import { replacementOf } from './replace-groups.ts';
import type { StageContext } from './stage-context.ts';
import { convertTemplate } from './template.ts';

/** Converts `output`. */
export function outputStage(stage: Section, context: StageContext): void {
  const source = stage.text('source') ?? '';
  if (!context.isKnown(source)) {
    stage.report.missing(stage.at('source'), `no stage before extracts "${source}", so that the line stays`);
    return;
  }
  const value = context.value(source);
  context.push(
    { type: 'add', field: 'body', value: `EXPR(type(${value}) in ["map", "array"] ? ${value} : string(${value}))` },
    context.exists(source),
  );
}

/** Converts `template`. */
export function templateStage(stage: Section, context: StageContext): void {
  const source = stage.text('source') ?? '';
  const template = stage.text('template') ?? '';
  const nameOf = (name: string) => (name === 'Value' ? source : name);
  const converted = convertTemplate(template, (name) => (name === 'Entry' ? 'body' : context.value(nameOf(name))));
  if (converted.error !== undefined) {
    stage.report.missing(
      stage.at('template'),
      converted.error,
      'write an operator or a function that computes the text',
    );
    return;
  }
  const result = context.internal('template');
  const required = converted.required.filter((name) => name !== 'Entry').map((name) => context.exists(nameOf(name)));
  context.push({ type: 'add', field: result.field, value: `EXPR(${converted.expression})` }, all(...required));
  const field = context.set(source);
  context.push(
    { type: 'remove', field, on_error: 'send_quiet' },
    `${result.expression} == "" && ${context.exists(source)}`,
  );
  context.push({ type: 'copy', from: result.field, to: field }, `(${result.expression} ?? "") != ""`);
  for (const { regex, text } of converted.replacements)
    context.push({ type: 'regex_replace', field, regex, replace_with: text }, context.exists(source));
}

/** Converts `replace`: replaces the text of a group. */
export function replaceStage(stage: Section, context: StageContext): void {
  const expression = stage.text('expression') ?? '';
  const source = stage.text('source') ?? '';
  const replacement = replacementOf(expression, stage.text('replace') ?? '');
  if (replacement.error !== undefined) {
    stage.report.missing(stage.at('expression'), replacement.error, 'use the operator regex_replace');
    return;
  }
  const { regex, text, groupName } = replacement;
  const field = source === '' ? 'body' : context.field(source);
  const condition = source === '' ? '' : context.exists(source);
  if (groupName !== undefined)
    stage.report.missing(
      stage.at('expression'),
      `the group "${groupName}" is replaced, but not extracted`,
      'add the operator regex_parser',
    );
  context.push({ type: 'regex_replace', field, regex, replace_with: text }, condition);
}

/** Converts `multiline`. */
export function multilineStage(stage: Section, context: StageContext): void {
  const first = stage.text('firstline') ?? '';
  const maxLines = stage.number('max_lines') ?? 128;
  stage.changed('trim_newlines', 'lines are combined without the line feeds at their ends');
  context.push({
    type: 'recombine',
    combine_field: 'body',
    combine_with: '\n',
    is_first_entry: `body matches ${literal(first)}`,
    source_identifier: 'attributes["log.file.path"]',
    max_batch_size: maxLines,
    max_unmatched_batch_size: 1,
    force_flush_period: stage.text('max_wait_time') ?? '3s',
  });
}
