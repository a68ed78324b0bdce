import type { Alerting } from '@otelier/alerting';
import type { RuleGroupView, RulesView, RuleView } from '@otelier/query';

type Rule = ReturnType<Alerting['rules']>[number]['rules'][number];

/** Returns the rules of a process as the API of Prometheus shows them. */
export function rulesViewOf(alerting: () => Alerting | undefined): RulesView {
  return {
    groups: () =>
      (alerting()?.rules() ?? []).map(
        ({ group, intervalMillis, evaluatedAt, evaluationMillis, rules }): RuleGroupView => ({
          ...{ name: group.name, file: group.file, tenant: group.tenant },
          limit: group.limit,
          ...{ intervalMillis, evaluatedAt, evaluationMillis },
          rules: rules.map(ruleView),
        }),
      ),
  };
}

function ruleView({ rule, query, error, alerts, evaluatedAt, evaluationMillis }: Rule): RuleView {
  const isAlerting = rule.kind === 'alerting';
  const { language } = rule.expression;
  return {
    ...{ kind: rule.kind, name: rule.name, labels: sorted(rule.labels), query },
    language: language === 'promql' ? undefined : language,
    health: evaluatedAt === undefined ? 'unknown' : error === undefined ? 'ok' : 'err',
    lastError: error,
    ...{ evaluatedAt, evaluationMillis },
    forMillis: isAlerting ? rule.forMillis : 0,
    keepFiringForMillis: isAlerting ? rule.keepFiringForMillis : 0,
    annotations: isAlerting ? sorted(rule.annotations) : {},
    alerts: alerts.flatMap(({ labels, annotations, state, activeAt, keepFiringSince, value }) =>
      state === 'inactive'
        ? []
        : [
            {
              labels: labels.toObject(),
              annotations: annotations.toObject(),
              ...{ state, activeAt, keepFiringSince, value },
            },
          ],
    ),
  };
}

function sorted(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1)));
}
