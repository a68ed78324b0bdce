import type { Section } from '../source/section.ts';
import { all } from './expressions.ts';
import { convertJmesPath } from './jmespath.ts';
import type { StageContext } from './stage-context.ts';

const QUIET = { on_error: 'send_quiet' } as const;

/** Returns the field that a stage parses, and the condition that it exists. */
function sourceOf(stage: Section, context: StageContext): { readonly from: string; readonly condition: string } {
  const source = stage.text('source') ?? '';
  if (source === '') return { from: 'body', condition: '' };
  return { from: context.field(source), condition: context.exists(source) };
}

/** Converts `json`. */
export function jsonStage(stage: Section, context: StageContext): void {
  const { from, condition } = sourceOf(stage, context);
  const parsed = context.internal('json');
  context.push(
    { type: 'json_parser', parse_from: from, parse_to: parsed.field, parse_ints: true, ...QUIET },
    condition,
  );
  const isParsed = `${parsed.expression} != nil`;
  if (stage.boolean('drop_malformed') === true) context.drop(`${parsed.expression} == nil`);
  const expressions = stage.section('expressions');
  for (const name of expressions?.keys ?? []) {
    const path = expressions?.text(name) || name;
    const value = convertJmesPath(path, parsed.expression);
    if (value === undefined) {
      expressions?.missing(
        name,
        `the JMESPath expression is more than a path of names and indexes`,
        'write an operator that computes it',
      );
      continue;
    }
    context.push({ type: 'add', field: context.set(name), value: `EXPR(${value})`, ...QUIET }, isParsed);
  }
}

/** A pair of logfmt, whose value can be in quotes. */
const PAIR = String.raw`[^\s="]+(?:=(?:"(?:[^"\\]|\\.)*"|[^\s"]*))?`;
const VALUE = String.raw`"(?:[^"\\]|\\.)*"|[^\s"]*`;

/** Converts `logfmt`. */
export function logfmtStage(stage: Section, context: StageContext): void {
  const { from, condition } = sourceOf(stage, context);
  stage.missing('regex', 'keys are extracted by name only', 'add the keys to the operators');
  for (const [name, given] of stage.textMap('mapping')) {
    const key = (given || name).replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
    const parsed = context.internal('logfmt');
    const found = `${parsed.expression}?.value`;
    const regex = String.raw`^\s*(?:${PAIR}\s+)*${key}=(?P<value>${VALUE})(?:\s|$)`;
    context.push({ type: 'regex_parser', regex, parse_from: from, parse_to: parsed.field, ...QUIET }, condition);
    const field = context.set(name);
    context.push({ type: 'add', field, value: `EXPR(${found})` }, `${found} != nil`);
    context.push({ type: 'unquote', field, ...QUIET }, `(${found} ?? "") startsWith "\\""`);
  }
}

/** Converts `regex`. */
export function regexStage(stage: Section, context: StageContext): void {
  const { from, condition } = sourceOf(stage, context);
  const regex = stage.text('expression') ?? '';
  const names = [...regex.matchAll(/\(\?P?<([A-Za-z_]\w*)>/g)].map(([, name = '']) => name);
  if (names.length === 0) {
    stage.report.missing(stage.at('expression'), 'expected a named group, got a regular expression without one');
    return;
  }
  const [first = ''] = names;
  const parent = context.set(first).replace(/(?:\.\w+|\[[^\]]*\])$/, '');
  for (const name of names) context.set(name);
  context.push({ type: 'regex_parser', regex, parse_from: from, parse_to: parent, ...QUIET }, condition);
  if (stage.boolean('labels_from_groups') !== true) return;
  for (const name of names) {
    context.labels.add(name);
    context.push({ type: 'copy', from: context.field(name), to: `attributes.${name}` }, context.exists(name));
  }
}

/** Converts `docker`: the JSON lines of Docker. */
export function dockerStage(_stage: Section, context: StageContext): void {
  const parsed = context.internal('json');
  context.push({ type: 'json_parser', parse_from: 'body', parse_to: parsed.field, parse_ints: true, ...QUIET });
  const isParsed = `${parsed.expression} != nil`;
  for (const [name, key] of Object.entries({ output: 'log', stream: 'stream', timestamp: 'time' }))
    context.push({ type: 'add', field: context.set(name), value: `EXPR(${parsed.expression}?.${key})` }, isParsed);
  context.labels.add('stream');
  context.push({ type: 'copy', from: context.field('stream'), to: 'attributes.stream' }, context.exists('stream'));
  context.push(timeOf(context.field('timestamp')), context.exists('timestamp'));
  context.push({ type: 'copy', from: context.field('output'), to: 'body' }, context.exists('output'));
}

/** Converts `cri`: the lines of container runtimes, also those that were split. */
export function criStage(stage: Section, context: StageContext): void {
  const regex = String.raw`^(?s)(?P<time>\S+?) (?P<stream>stdout|stderr) (?P<flags>\S+?) (?P<content>.*)$`;
  const parent = context.set('time').replace(/\.time$/, '');
  for (const name of ['stream', 'flags', 'content']) context.set(name);
  context.push({ type: 'regex_parser', regex, parse_to: parent, ...QUIET });
  const isParsed = context.exists('content');
  context.labels.add('stream');
  context.push({ type: 'copy', from: context.field('stream'), to: 'attributes.stream' }, isParsed);
  context.push(timeOf(context.field('time')), isParsed);
  context.push({ type: 'copy', from: context.field('content'), to: 'body' }, isParsed);
  const maxLines = stage.number('max_partial_lines') ?? 100;
  const maxSize = stage.text('max_partial_line_size') ?? '0';
  if (stage.boolean('max_partial_line_size_truncate') !== true || maxSize === '0') stage.skip('max_partial_line_size');
  else stage.changed('max_partial_line_size_truncate', 'a longer line is split, not truncated');
  context.push(
    {
      type: 'recombine',
      combine_field: 'body',
      combine_with: '',
      is_last_entry: `${context.value('flags')} != "P"`,
      source_identifier: 'attributes["log.file.path"]',
      overwrite_with: 'newest',
      max_batch_size: maxLines,
      max_unmatched_batch_size: maxLines,
    },
    all(isParsed),
  );
}

/** Converts `decolorize`. */
export function decolorizeStage(_stage: Section, context: StageContext): void {
  context.push({ type: 'regex_replace', regex_name: 'ansi_control_sequences', field: 'body' });
}

function timeOf(field: string) {
  return {
    type: 'time_parser',
    parse_from: field,
    layout_type: 'gotime',
    layout: '2006-01-02T15:04:05.999999999Z07:00',
    ...QUIET,
  };
}
