import { createHash } from 'node:crypto';
import { Labels } from '../../../promql/labels/labels.ts';
import { matches } from '../../../promql/labels/matcher.ts';
import type { PrometheusHandler } from '../context.ts';
import { selectorsOf } from '../parameters.ts';
import { invalidParameter } from '../problem.ts';
import type { AlertView, RuleGroupView, RuleView } from '../rules-view.ts';

/** `rules`: the groups, rules and alerts. */
export const rules: PrometheusHandler = ({ parameters, rules: view }) => {
  const type = (parameters.get('type') ?? '').toLowerCase();
  if (!['', 'alert', 'record'].includes(type)) {
    throw invalidParameter('type', `not supported value ${JSON.stringify(type)}`);
  }
  const [names, groupNames, files] = ['rule_name[]', 'rule_group[]', 'file[]'].map((name) =>
    setOf(parameters.getAll(name)),
  );
  const selectors = selectorsOf(parameters);
  const withAlerts = !flagOf(parameters, 'exclude_alerts');
  const limit = groupLimit(parameters);
  const isWanted = (rule: RuleView): boolean =>
    (type === '' || (type === 'alert') === (rule.kind === 'alerting')) &&
    (names === undefined || names.has(rule.name)) &&
    (selectors.length === 0 ||
      selectors.some((matchers) => {
        const labels = Labels.from(Object.entries(rule.labels));
        return matchers.every((matcher) => matches(matcher, labels.get(matcher.name)));
      }));
  const groups: object[] = [];
  for (const group of startingAt(sorted(view()?.groups() ?? []), parameters.get('group_next_token') ?? '', limit)) {
    if (groupNames?.has(group.name) === false || files?.has(group.file) === false) continue;
    const found = group.rules.filter(isWanted);
    if (found.length === 0) continue;
    if (limit !== undefined && groups.length === limit) return { groups, groupNextToken: tokenOf(group) };
    groups.push(groupJson(group, found, withAlerts));
  }
  return { groups };
};

/** `alerts`: all pending and firing alerts. */
export const alerts: PrometheusHandler = ({ rules: view }) => ({
  alerts: sorted(view()?.groups() ?? []).flatMap(({ rules: ofGroup }) =>
    ofGroup.flatMap(({ alerts: ofRule }) => ofRule.map(alertJson)),
  ),
});

function setOf(values: readonly string[]): ReadonlySet<string> | undefined {
  return values.length === 0 ? undefined : new Set(values);
}

function flagOf(parameters: URLSearchParams, name: string): boolean {
  const text = (parameters.get(name) ?? '').toLowerCase();
  if (!/^(?:|1|t|true|0|f|false)$/.test(text)) {
    throw invalidParameter(
      name,
      `error converting ${name}: strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  return /^[1t]/.test(text);
}

function groupLimit(parameters: URLSearchParams): number | undefined {
  const text = parameters.get('group_limit') ?? '';
  if (text === '') {
    if ((parameters.get('group_next_token') ?? '') === '') return undefined;
    throw invalidParameter('group_next_token', 'group_limit needs to be present in order to paginate over the groups');
  }
  const limit = /^[+-]?\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(limit)) {
    throw invalidParameter(
      'group_limit',
      `group_limit needs to be a valid number: strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  if (limit <= 0) throw invalidParameter('group_limit', 'group_limit needs to be greater than 0');
  return limit;
}

/** Prometheus sorts groups by file and name. */
function sorted(groups: readonly RuleGroupView[]): readonly RuleGroupView[] {
  const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return groups.toSorted((a, b) => compare(a.file, b.file) || compare(a.name, b.name));
}

function startingAt(
  groups: readonly RuleGroupView[],
  token: string,
  limit: number | undefined,
): readonly RuleGroupView[] {
  if (token === '' || limit === undefined) return groups;
  const start = groups.findIndex((group) => tokenOf(group) === token);
  if (start >= 0) return groups.slice(start);
  throw invalidParameter('group_next_token', `invalid group_next_token '${token}'. were rule groups changed?`);
}

function tokenOf({ file, name }: RuleGroupView): string {
  return createHash('sha256').update(`${file};${name}`).digest('hex');
}

function groupJson(
  { name, file, intervalMillis, limit, evaluatedAt, evaluationMillis }: RuleGroupView,
  found: readonly RuleView[],
  withAlerts: boolean,
): object {
  return {
    name,
    file,
    rules: found.map((rule) => ruleJson(rule, withAlerts)),
    interval: intervalMillis / 1000,
    limit,
    evaluationTime: evaluationMillis / 1000,
    lastEvaluation: timeText(evaluatedAt),
  };
}

function ruleJson(rule: RuleView, withAlerts: boolean): object {
  const state = {
    // An addition: Prometheus has only PromQL.
    ...(rule.language !== undefined && { language: rule.language }),
    health: rule.health,
    ...(rule.lastError !== undefined && { lastError: rule.lastError }),
    evaluationTime: rule.evaluationMillis / 1000,
    lastEvaluation: timeText(rule.evaluatedAt),
  };
  if (rule.kind === 'recording') {
    const { name, query, labels } = rule;
    return { name, query, labels, ...state, type: 'recording' };
  }
  return {
    state: stateOf(rule),
    name: rule.name,
    query: rule.query,
    duration: rule.forMillis / 1000,
    keepFiringFor: rule.keepFiringForMillis / 1000,
    labels: rule.labels,
    annotations: rule.annotations,
    alerts: withAlerts ? rule.alerts.map(alertJson) : null,
    ...state,
    type: 'alerting',
  };
}

function stateOf({ health, alerts: ofRule }: RuleView): string {
  if (ofRule.some(({ state }) => state === 'firing')) return 'firing';
  if (ofRule.length > 0) return 'pending';
  return health === 'unknown' ? 'unknown' : 'inactive';
}

function alertJson({ labels, annotations, state, activeAt, keepFiringSince, value }: AlertView): object {
  return {
    labels,
    annotations,
    state,
    activeAt: timeText(activeAt),
    ...(keepFiringSince !== undefined && { keepFiringSince: timeText(keepFiringSince) }),
    value: exponential(value),
  };
}

/** Formats a time as Go does, without zeros at the end of the fraction. Go's zero time stands for none. */
function timeText(millis: number | undefined): string {
  if (millis === undefined) return '0001-01-01T00:00:00Z';
  return new Date(millis).toISOString().replace(/\.?0*Z$/, 'Z');
}

/** Formats a number as Go's format `e` does: `1.5e+00`. */
function exponential(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}
