import { DEFAULT_TENANT, isTenantName, TENANT_NAME_RULE } from '@otelier/otlp';
import { checkQuery } from '@otelier/query/instant';
import { ALL_FEATURES, type Expr, parsePromql, typeOf } from '@otelier/query/promql';
import { z } from 'zod';
import { compileAlertTemplate } from './alert-template.ts';
import { durationMillis, type FileError, listOf, number, type PositionOf, readYaml, texts } from './read-yaml.ts';

/** Rules that are evaluated one after another, at the same time. */
export interface RuleGroup {
  readonly name: string;
  /** Path of the file, or what stands for it. Together with the name, it identifies the group. */
  readonly file: string;
  /** The tenant whose telemetry the rules read, and that owns what they record and their alerts. */
  readonly tenant: string;
  /** Time between evaluations, in milliseconds. `undefined` for the default. */
  readonly intervalMillis: number | undefined;
  /** How far in the past the expressions are evaluated, in milliseconds. `undefined` for the default. */
  readonly queryOffsetMillis: number | undefined;
  /** Maximum number of alerts or series of a rule; 0 for no limit. */
  readonly limit: number;
  readonly rules: readonly Rule[];
}

/** A recording or an alerting rule. */
export type Rule = RecordingRule | AlertingRule;

interface CommonRule {
  /** Name of the metric or the alert. */
  readonly name: string;
  /** Position of the rule in its file, from 1. */
  readonly position: { readonly line: number; readonly column: number };
  readonly expression: RuleExpression;
  readonly labels: Texts;
}

/** The languages of expressions. */
export const RULE_LANGUAGES = ['promql', 'logql', 'traceql', 'sql'] as const;

/** An expression, as it is written and, if it is PromQL, parsed. */
export type RuleExpression =
  | { readonly language: 'promql'; readonly text: string; readonly expr: Expr }
  | { readonly language: Exclude<(typeof RULE_LANGUAGES)[number], 'promql'>; readonly text: string };

/** A rule whose results become a metric. */
export interface RecordingRule extends CommonRule {
  readonly kind: 'recording';
}

/** A rule whose results are alerts. */
export interface AlertingRule extends CommonRule {
  readonly kind: 'alerting';
  /** How long the expression must have results before the alert fires. */
  readonly forMillis: number;
  /** How long the alert fires after the expression has no result. */
  readonly keepFiringForMillis: number;
  /**
   * Hysteresis: a firing alert without a result keeps firing while this has a result with its labels. An alert whose
   * series has disappeared ends, because then neither expression has a result.
   */
  readonly keepFiring: RuleExpression | undefined;
  readonly annotations: Texts;
}

type Texts = Readonly<Record<string, string>>;

/** The groups of a file, or its errors. */
export type RuleFile =
  | { readonly ok: true; readonly groups: readonly RuleGroup[] }
  | { readonly ok: false; readonly errors: readonly FileError[] };

const RULE_FIELDS = {
  record: z.string().optional(),
  alert: z.string().optional(),
  expr: z.string().default(''),
  for: durationMillis.optional(),
  keep_firing_for: durationMillis.optional(),
  keep_firing_expr: z.string().optional(),
  language: z.enum(RULE_LANGUAGES, `expected ${RULE_LANGUAGES.join(', ')}`).default('promql'),
  labels: texts,
  annotations: texts,
};
const GROUP_FIELDS = {
  name: z.string().default(''),
  tenant: z
    .string()
    .refine(isTenantName, { error: `expected a name of ${TENANT_NAME_RULE}` })
    .default(DEFAULT_TENANT),
  interval: durationMillis.optional(),
  query_offset: durationMillis.optional(),
  limit: number.optional(),
  labels: texts,
};
const STRICT = z.strictObject({
  groups: listOf(z.strictObject({ ...GROUP_FIELDS, rules: listOf(z.strictObject(RULE_FIELDS)) })),
});
const LENIENT = z.object({ groups: listOf(z.object({ ...GROUP_FIELDS, rules: listOf(z.object(RULE_FIELDS)) })) });

type RuleOfFile = z.infer<typeof STRICT>['groups'][number]['rules'][number];

/** Options for `parseRuleFile`. */
export interface RuleFileOptions {
  /** Whether fields that Prometheus does not know are ignored. Default: they are errors. */
  readonly ignoreUnknownFields?: boolean;
  /** Path of the file, to identify its groups. Default: none. */
  readonly file?: string;
}

/** Parses a rule file of Prometheus (its documentation, "Recording rules" and "Alerting rules"). Never throws. */
export function parseRuleFile(
  text: string,
  { ignoreUnknownFields = false, file = '' }: RuleFileOptions = {},
): RuleFile {
  const read = readYaml(text, ignoreUnknownFields ? LENIENT : STRICT);
  if (!read.ok) return read;
  const problems = new Problems(read.positionOf);
  const names = new Set<string>();
  const groups = read.value.groups.map((group, i): RuleGroup => {
    const path = ['groups', i];
    if (group.name === '') problems.add(path, 'expected the name of the group, got none');
    if (names.has(group.name)) problems.add([...path, 'name'], `group ${JSON.stringify(group.name)} is there twice`);
    names.add(group.name);
    checkLabels(group.labels, [...path, 'labels'], problems);
    return {
      ...{ name: group.name, file, tenant: group.tenant },
      intervalMillis: group.interval,
      queryOffsetMillis: group.query_offset,
      limit: group.limit ?? 0,
      rules: group.rules.flatMap((rule, j) => ruleOf(rule, group.labels, [...path, 'rules', j], problems) ?? []),
    };
  });
  return problems.errors.length === 0 ? { ok: true, groups } : { ok: false, errors: problems.errors };
}

/** Errors of a file. */
class Problems {
  readonly errors: FileError[] = [];
  readonly positionOf: PositionOf;

  constructor(positionOf: PositionOf) {
    this.positionOf = positionOf;
  }

  add(path: readonly PropertyKey[], message: string): void {
    this.errors.push({ ...this.positionOf(path), path, message });
  }
}

type Path = readonly PropertyKey[];

function ruleOf(rule: RuleOfFile, ofGroup: Texts, path: Path, problems: Problems): Rule | undefined {
  const { record, alert } = rule;
  if ((record === undefined) === (alert === undefined)) {
    problems.add(path, `expected either "record" or "alert", got ${record === undefined ? 'neither' : 'both'}`);
    return undefined;
  }
  checkLabels(rule.labels, [...path, 'labels'], problems);
  const expression = expressionOf(rule, 'expr', path, problems);
  const keepFiring =
    rule.keep_firing_expr === undefined ? undefined : expressionOf(rule, 'keep_firing_expr', path, problems);
  if (record === undefined) checkTemplates(rule, path, problems);
  else checkRecording(record, rule, path, problems);
  if (expression === undefined) return undefined;
  const labels = { ...ofGroup, ...rule.labels };
  const common = { name: record ?? alert ?? '', position: problems.positionOf(path), expression, labels };
  if (record !== undefined) return { ...common, kind: 'recording' };
  const { for: forMillis = 0, keep_firing_for: keepFiringForMillis = 0, annotations } = rule;
  return { ...common, kind: 'alerting', forMillis, keepFiringForMillis, keepFiring, annotations };
}

function expressionOf(
  rule: RuleOfFile,
  field: 'expr' | 'keep_firing_expr',
  ofRule: Path,
  problems: Problems,
): RuleExpression | undefined {
  const { language, [field]: text = '' } = rule;
  const path = [...ofRule, field];
  if (text.trim() === '') {
    problems.add(path, 'expected an expression, got none');
    return undefined;
  }
  try {
    if (language !== 'promql') {
      checkQuery(language, text);
      return { language, text };
    }
    const expr = parsePromql(text, ALL_FEATURES);
    const type = typeOf(expr);
    if (type === 'vector' || type === 'scalar') return { language, text, expr };
    problems.add(path, `expected an expression with a vector or a number as its result, got a ${type}`);
  } catch (error) {
    problems.add(path, error instanceof Error ? error.message : String(error));
  }
  return undefined;
}

function checkRecording(record: string, rule: RuleOfFile, path: Path, problems: Problems): void {
  for (const field of ['for', 'keep_firing_for', 'keep_firing_expr'] as const) {
    if (rule[field]) problems.add([...path, field], `a recording rule has no "${field}"`);
  }
  if (Object.keys(rule.annotations).length > 0) {
    problems.add([...path, 'annotations'], 'a recording rule has no "annotations"');
  }
  if (/[{}]/.test(record)) {
    problems.add(
      [...path, 'record'],
      `expected the name of a metric, got ${JSON.stringify(record)}; put an expression in "expr"`,
    );
  } else if (record === '') problems.add([...path, 'record'], 'expected the name of a metric, got none');
}

function checkLabels(labels: Texts, path: Path, problems: Problems): void {
  for (const name of Object.keys(labels)) {
    if (name === '' || name === '__name__') {
      problems.add([...path, name], `expected the name of a label, got ${JSON.stringify(name)}`);
    }
  }
}

function checkTemplates({ labels, annotations }: RuleOfFile, path: Path, problems: Problems): void {
  for (const [field, values] of Object.entries({ labels, annotations })) {
    for (const [name, text] of Object.entries(values)) {
      try {
        compileAlertTemplate(text);
      } catch (error) {
        problems.add([...path, field, name], error instanceof Error ? error.message : String(error));
      }
    }
  }
}
