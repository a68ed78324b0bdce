import type { Labels, Rule } from '../alerting-api.ts';
import { languageOf } from '../rule-state.ts';

/** A rule to begin with. */
export const NEW_RULE = `alert: ManyErrors
expr: sum by (service_name) (rate(http_requests_total{code=~"5.."}[5m])) > 1
for: 5m
labels:
  severity: page
annotations:
  summary: "{{ $labels.service_name }} fails {{ $value }} times per second"
`;

/** Returns a rule as it is written in a rule file. */
export function ruleText(rule: Rule): string {
  const { name, query, duration = 0, keepFiringFor = 0, labels = {}, annotations = {} } = rule;
  const language = languageOf(rule);
  return [
    `alert: ${JSON.stringify(name)}`,
    ...(language === 'promql' ? [] : [`language: ${language}`]),
    `expr: |-\n${indented(query)}`,
    ...(duration > 0 ? [`for: ${duration}s`] : []),
    ...(keepFiringFor > 0 ? [`keep_firing_for: ${keepFiringFor}s`] : []),
    ...mapping('labels', labels),
    ...mapping('annotations', annotations),
    '',
  ].join('\n');
}

/** Texts in JSON are texts in YAML. */
function mapping(field: string, values: Labels): readonly string[] {
  const entries = Object.entries(values);
  if (entries.length === 0) return [];
  return [`${field}:`, ...entries.map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`)];
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
