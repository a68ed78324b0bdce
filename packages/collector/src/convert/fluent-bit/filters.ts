import { patternError } from '../../component/pattern.ts';
import { outputText } from '../source/references.ts';
import type { Section } from '../source/section.ts';
import { literal } from '../stages/expressions.ts';
import type { StageContext } from '../stages/stage-context.ts';
import { recordField, recordText, recordValue } from './accessor.ts';
import { type FluentParser, parseRecord } from './parsers.ts';

const QUIET = { on_error: 'send_quiet' } as const;

/** What filters refer to. */
export interface FilterContext {
  readonly stages: StageContext;
  readonly parsers: ReadonlyMap<string, FluentParser>;
  /** First lines of records of several lines, by the name of the parser. */
  readonly firstLines: ReadonlyMap<string, string>;
  /** Whether a processor adds the metadata of pods. */
  addKubernetes(): void;
}

type ConvertFilter = (filter: Section, context: FilterContext) => void;

const FILTERS: Readonly<Record<string, ConvertFilter>> = {
  grep: grepFilter,
  modify: modifyFilter,
  record_modifier: recordModifierFilter,
  parser: parserFilter,
  nest: nestFilter,
  multiline: multilineFilter,
  kubernetes: kubernetesFilter,
};

/** Filters that are not converted, with what to do instead. */
const MISSING: Readonly<Record<string, string>> = {
  lua: 'write a function for the processor function',
  wasm: 'write a function for the processor function',
  throttle: 'limit tenants, or sample with the processor probabilistic_sampler',
  rewrite_tag: 'use the connector routing',
  geoip2: 'use the processor geoip',
  aws: 'use the processor resource_detection',
  log_to_metrics: 'use the connector count or signal_to_metrics',
  stdout: 'add the exporter debug',
  type_converter: 'use the processor transform',
  sysinfo: 'use the processor resource_detection',
  ecs: 'use the processor resource_detection',
};

/** Converts a filter to operators. */
export function convertFilter(type: string, filter: Section, context: FilterContext): void {
  filter.skip('name', 'match', 'match_regex', 'alias', 'log_level', 'log_suppress_interval');
  const convert = Object.hasOwn(FILTERS, type) ? FILTERS[type] : undefined;
  if (convert === undefined) {
    filter.report.missing(
      filter.place,
      `the filter ${type} is not converted`,
      MISSING[type] ?? 'use operators, the processor transform or a function',
    );
    return;
  }
  convert(filter, context);
  filter.finish();
}

function grepFilter(filter: Section, { stages }: FilterContext): void {
  const operator = (filter.text('logical_op') ?? 'legacy').toLowerCase();
  const conditions = (key: string) =>
    filter.texts(key).flatMap((text) => {
      const [, name = '', pattern = ''] = /^(\S+)\s+(.*)$/.exec(text) ?? [];
      const regex = pattern.replace(/^\/(.*)\/$/, '$1');
      if (patternError(regex) === undefined && name !== '') return [`${recordText(name)} matches ${literal(regex)}`];
      filter.report.missing(
        filter.at(key),
        'expected a key and a regular expression of RE2',
        'use the operator filter',
      );
      return [];
    });
  const kept = conditions('regex');
  const excluded = conditions('exclude');
  const sign = operator === 'or' ? ' || ' : ' && ';
  if (operator === 'legacy') {
    for (const condition of kept) stages.drop(`not (${condition})`);
    for (const condition of excluded) stages.drop(condition);
    return;
  }
  if (kept.length > 0) stages.drop(`not (${kept.map((one) => `(${one})`).join(sign)})`);
  if (excluded.length > 0) stages.drop(excluded.map((one) => `(${one})`).join(sign));
}

/** The rules of `modify` with a key and a value. */
const PAIRS: Readonly<Record<string, (from: string, to: string, stages: StageContext) => void>> = {
  set: (key, value, stages) => stages.push({ type: 'add', field: recordField(key), value: outputText(value) }),
  add: (key, value, stages) =>
    stages.push({ type: 'add', field: recordField(key), value: outputText(value) }, `${recordValue(key)} == nil`),
  rename: (from, to, stages) =>
    stages.push(
      { type: 'move', from: recordField(from), to: recordField(to) },
      `${recordValue(from)} != nil && ${recordValue(to)} == nil`,
    ),
  hard_rename: (from, to, stages) =>
    stages.push({ type: 'move', from: recordField(from), to: recordField(to) }, `${recordValue(from)} != nil`),
  copy: (from, to, stages) =>
    stages.push(
      { type: 'copy', from: recordField(from), to: recordField(to) },
      `${recordValue(from)} != nil && ${recordValue(to)} == nil`,
    ),
  hard_copy: (from, to, stages) =>
    stages.push({ type: 'copy', from: recordField(from), to: recordField(to) }, `${recordValue(from)} != nil`),
};

const CONDITIONS: Readonly<Record<string, (key: string, value: string) => string>> = {
  key_exists: (key) => `${recordValue(key)} != nil`,
  key_does_not_exist: (key) => `${recordValue(key)} == nil`,
  key_value_equals: (key, value) => `${recordText(key)} == ${literal(value)}`,
  key_value_does_not_equal: (key, value) => `${recordText(key)} != ${literal(value)}`,
  key_value_matches: (key, value) => `${recordText(key)} matches ${literal(value)}`,
  key_value_does_not_match: (key, value) => `${recordText(key)} not matches ${literal(value)}`,
};

function modifyFilter(filter: Section, { stages }: FilterContext): void {
  const conditions = filter.texts('condition').map((text) => {
    const [name = '', key = '', ...value] = text.split(/\s+/);
    const condition: string | undefined = CONDITIONS[name.toLowerCase()]?.(key, value.join(' '));
    if (condition === undefined)
      filter.report.missing(
        filter.at('condition'),
        `the condition ${name} is not converted; the rules of the filter are left out`,
      );
    return condition;
  });
  if (conditions.some((condition) => condition === undefined)) {
    filter.skip(...filter.keys);
    return;
  }
  const convertRules = () => {
    for (const key of filter.keys) {
      const convert = Object.hasOwn(PAIRS, key) ? PAIRS[key] : undefined;
      if (convert !== undefined)
        for (const text of filter.texts(key)) {
          const [, name = '', value = ''] = /^(\S+)\s*(.*)$/.exec(text) ?? [];
          convert(name, value, stages);
        }
      else if (key === 'remove')
        for (const name of filter.texts(key)) stages.push({ type: 'remove', field: recordField(name), ...QUIET });
    }
  };
  if (conditions.length === 0) convertRules();
  else stages.within(conditions.map((condition) => `(${condition})`).join(' && '), convertRules);
}

function recordModifierFilter(filter: Section, { stages }: FilterContext): void {
  for (const text of filter.texts('record')) {
    const [, key = '', value = ''] = /^(\S+)\s*(.*)$/.exec(text) ?? [];
    stages.push({ type: 'add', field: recordField(key), value: outputText(value) });
  }
  for (const key of filter.texts('remove_key')) stages.push({ type: 'remove', field: recordField(key), ...QUIET });
  const kept = [...filter.texts('allowlist_key'), ...filter.texts('whitelist_key')];
  if (kept.length > 0) stages.push({ type: 'retain', fields: kept.map(recordField) });
}

function parserFilter(filter: Section, { stages, parsers }: FilterContext): void {
  const key = filter.text('key_name') ?? '';
  const options = {
    key,
    keepsKey: filter.boolean('preserve_key') === true,
    keepsOthers: filter.boolean('reserve_data') === true,
  };
  for (const name of filter.texts('parser')) {
    const parser = parsers.get(name);
    if (parser === undefined) filter.report.missing(filter.at('parser'), `there is no parser ${name} in the sources`);
    else parseRecord(parser, options, stages, filter.report);
  }
}

function nestFilter(filter: Section, { stages }: FilterContext): void {
  const operation = (filter.text('operation') ?? '').toLowerCase();
  const prefix = filter.text('add_prefix');
  filter.missing('remove_prefix', 'names of keys are not changed', 'use the processor transform');
  if (operation === 'lift') {
    const under = filter.text('nested_under') ?? '';
    if (prefix !== undefined)
      filter.report.missing(filter.at('add_prefix'), 'names of keys are not changed', 'use the processor transform');
    stages.push({ type: 'flatten', field: recordField(under), ...QUIET }, `type(${recordValue(under)}) == "map"`);
    return;
  }
  const under = filter.text('nest_under') ?? '';
  for (const key of filter.texts('wildcard')) {
    if (key.includes('*'))
      filter.report.missing(
        filter.at('wildcard'),
        'keys are nested by their names only',
        'use the processor transform',
      );
    else
      stages.push(
        { type: 'move', from: recordField(key), to: `${recordField(under)}["${key}"]` },
        `${recordValue(key)} != nil`,
      );
  }
}

function multilineFilter(filter: Section, { stages, firstLines }: FilterContext): void {
  const key = filter.text('multiline.key_content') ?? 'log';
  filter.skip('mode', 'buffer', 'flush_ms', 'emitter_name', 'emitter_storage.type', 'emitter_mem_buf_limit');
  for (const name of filter.texts('multiline.parser').flatMap((text) => text.split(/\s*,\s*/))) {
    const first = firstLines.get(name);
    if (first === undefined) {
      filter.report.missing(
        filter.at('multiline.parser'),
        `the parser ${name} of several lines is not converted`,
        'use the operator recombine',
      );
      continue;
    }
    stages.push({
      type: 'recombine',
      combine_field: recordField(key),
      combine_with: '\n',
      is_first_entry: `${recordText(key)} matches ${literal(first)}`,
      source_identifier: 'attributes["log.file.path"]',
      max_unmatched_batch_size: 1,
    });
  }
}

function kubernetesFilter(filter: Section, { addKubernetes, stages }: FilterContext): void {
  addKubernetes();
  filter.report.changed(
    filter.place,
    'metadata of pods are attributes of the resource (k8s.…), not the key kubernetes of the record',
  );
  if (filter.boolean('merge_log') === true) {
    const parsed = stages.internal('log');
    const log = 'body["log"]';
    stages.push(
      { type: 'json_parser', parse_from: log, parse_to: parsed.field, parse_ints: true, ...QUIET },
      `type(${log}) == "string"`,
    );
    if (filter.boolean('keep_log') === false)
      stages.push({ type: 'remove', field: log, ...QUIET }, `${parsed.expression} != nil`);
    stages.push({ type: 'move', from: parsed.field, to: 'body' }, `${parsed.expression} != nil`);
  }
  for (const key of [
    'merge_log_key',
    'merge_parser',
    'k8s-logging.parser',
    'k8s-logging.exclude',
    'annotations',
    'labels',
    'namespace_labels',
  ])
    filter.missing(key, 'this part of the metadata is not converted', 'set extract of k8s_attributes');
  filter.skip(...filter.keys);
}
