import { msg } from '../../locale/t.ts';
import { LANGUAGES, type Language } from '../../query/languages.ts';
import type { Labels, NotifiedAlert, Rule, RuleAlert, RuleGroup } from './alerting-api.ts';

/** The state of a rule as it is shown, worst first. */
export const STATES = ['firing', 'unknown', 'pending', 'silenced', 'quiet'] as const;
export type ShownState = (typeof STATES)[number];

/** Names of the states. */
export const STATE_NAMES: Readonly<Record<ShownState, string>> = {
  firing: msg('firing'),
  unknown: msg('failing'),
  pending: msg('pending'),
  silenced: msg('silenced'),
  quiet: msg('quiet'),
};

/** An alerting rule with its group and state. */
export interface ShownRule {
  readonly id: string;
  readonly group: RuleGroup;
  readonly rule: Rule;
  readonly state: ShownState;
  /** The values of labels that tell it apart from other rules with its name; empty if there are none. */
  readonly distinction: string;
  /** Its alerts, firing ones first. */
  readonly alerts: readonly ShownAlert[];
}

/** An alert, and whether a silence, an inhibition or a time interval holds it back. */
export interface ShownAlert extends RuleAlert {
  readonly heldBy: 'silence' | 'inhibition' | 'interval' | undefined;
}

/** Returns the alerting rules, worst first. */
export function shownRules(
  groups: readonly RuleGroup[],
  notified: readonly NotifiedAlert[] | undefined,
): readonly ShownRule[] {
  const named = Map.groupBy(
    groups.flatMap(({ rules }) => rules),
    ({ name }) => name,
  );
  const held = new Map((notified ?? []).map((alert) => [keyOf(alert.labels), heldBy(alert)]));
  return groups
    .flatMap((group) =>
      group.rules
        .filter(({ type }) => type === 'alerting')
        .map((rule): ShownRule => {
          const alerts = (rule.alerts ?? [])
            .map((alert) => ({ ...alert, heldBy: held.get(keyOf(alert.labels)) }))
            .toSorted((a, b) => rankOf(a) - rankOf(b));
          const distinction = distinctionOf(rule, named.get(rule.name) ?? []);
          return { id: idOf(group, rule), group, rule, state: stateOf(rule, alerts), distinction, alerts };
        }),
    )
    .toSorted((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || (a.rule.name < b.rule.name ? -1 : 1));
}

/** Returns the values of the labels in which a rule differs from others. */
function distinctionOf({ labels = {} }: Rule, others: readonly Rule[]): string {
  return Object.entries(labels)
    .filter(([name, value]) => others.some((other) => other.labels?.[name] !== value))
    .map(([, value]) => value)
    .join(', ');
}

/** Returns the recording rules that cannot be evaluated. */
export function brokenRecordings(groups: readonly RuleGroup[]): readonly Rule[] {
  return groups.flatMap(({ rules }) => rules.filter(({ type, health }) => type === 'recording' && health === 'err'));
}

function idOf({ file, name }: RuleGroup, rule: Rule): string {
  return [file, name, rule.name, ...Object.entries(rule.labels ?? {}).flat()].join(' ').slice(0, 500);
}

function stateOf(rule: Rule, alerts: readonly ShownAlert[]): ShownState {
  if (rule.health === 'err') return 'unknown';
  const firing = alerts.filter(({ state }) => state === 'firing');
  if (firing.length > 0) return firing.every((alert) => alert.heldBy !== undefined) ? 'silenced' : 'firing';
  return rule.state === 'pending' || alerts.some(({ state }) => state === 'pending') ? 'pending' : 'quiet';
}

function rankOf({ state, heldBy: held }: ShownAlert): number {
  return (state === 'firing' ? 0 : 2) + (held === undefined ? 0 : 1);
}

function heldBy({ status: { silencedBy, inhibitedBy, mutedBy = [] } }: NotifiedAlert): ShownAlert['heldBy'] {
  if (silencedBy.length > 0) return 'silence';
  if (inhibitedBy.length > 0) return 'inhibition';
  return mutedBy.length > 0 ? 'interval' : undefined;
}

function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Returns the name of the service that labels identify. */
export function serviceOf(labels: Labels | undefined): string | undefined {
  return labels?.['service_name'] ?? labels?.['service.name'] ?? labels?.['service'] ?? labels?.['job'];
}

/** Returns the language of a rule. APIs of Prometheus do not tell it; the forms of the languages differ. */
export function languageOf({ language, query }: Rule): Language {
  const known = LANGUAGES.find(({ id }) => id === language)?.id;
  if (known !== undefined) return known;
  if (/^\s*(?:select|with)\b/i.test(query)) return 'sql';
  // A selector without the name of a metric is of LogQL or TraceQL.
  const [, before = '', inside = ''] = /([\w:]?)\s*\{([^{}]*)\}/.exec(query) ?? [];
  if (before !== '' || !query.includes('{') || inside.includes('__name__')) return 'promql';
  return /^\s*\{/.test(query) && /^\s*$|[.:]|\b(?:status|duration|name|kind)\b/.test(inside.replace(/"[^"]*"/g, ''))
    ? 'traceql'
    : 'logql';
}

/** A comparison with a number at the end of an expression. */
export interface Threshold {
  /** What is compared. */
  readonly value: string;
  readonly operator: string;
  readonly limit: number;
}

const COMPARISON = /^([\s\S]*?)\s*(>=|<=|==|!=|>|<)\s*(?:bool\s+)?([-+]?(?:\d[\d_]*\.?\d*(?:e[-+]?\d+)?|\.\d+))\s*$/i;

/** Returns the threshold of a PromQL expression, if it ends with a comparison at its outermost level. */
export function thresholdOf(query: string): Threshold | undefined {
  const [, value = '', operator = '', limit = ''] = COMPARISON.exec(query) ?? [];
  if (value === '' || /[<>=!]$/.test(value)) return undefined;
  const outer = outermost(value);
  if (outer === undefined || /[<>]|[=!]=|\b(?:and|or|unless)\b/i.test(outer)) return undefined;
  return { value, operator, limit: Number(limit.replaceAll('_', '')) };
}

/** Returns the text without what is in parentheses, braces, brackets and quotes; `undefined` if they do not match. */
function outermost(text: string): string | undefined {
  let plain = '';
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === '"' || char === "'" || char === '`') {
      const end = closing(text, at, char);
      if (end === undefined) return undefined;
      at = end;
    } else if ('([{'.includes(char)) depth += 1;
    else if (')]}'.includes(char)) depth -= 1;
    else if (depth === 0) plain += char;
    if (depth < 0) return undefined;
  }
  return depth === 0 ? plain : undefined;
}

/** Returns the place of the quote that closes a string. */
function closing(text: string, start: number, quote: string): number | undefined {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\' && quote !== '`') at += 1;
    else if (text[at] === quote) return at;
  }
  return undefined;
}
