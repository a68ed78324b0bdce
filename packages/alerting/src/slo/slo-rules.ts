import { formatDuration } from '@otelier/query/promql';
import { stringify } from 'yaml';
import { parseRuleFile, type RuleGroup } from '../rules/rule-file.ts';
import type { Slo } from './parse-slos.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Where the groups of SLOs are shown to come from. */
export const SLO_FILE = 'slos';
/** The recorded share of bad events, by the label `window`. */
export const ERROR_RATIO = 'slo:error_ratio';
const ERRORS = 'slo:errors:rate5m';
const TOTAL = 'slo:events:rate5m';

/** Windows up to this one are read from the counters, longer ones from what is recorded every minute. */
const MAX_RAW_MILLIS = HOUR;

/** Returns the windows of an SLO, ascending, in milliseconds: those of the alerts, and its own. */
export function windowsOf({ windowMillis, burns }: Slo): readonly number[] {
  const all = burns.flatMap(({ longMillis, shortMillis }) => [longMillis, shortMillis]);
  return [...new Set([...all, windowMillis])].sort((a, b) => a - b);
}

/** Returns the name of the group of an SLO. */
export function groupName({ name }: Slo): string {
  return `slo:${name}`;
}

/** Returns the groups of rules of SLOs: what they record, and their alerts on burn rates. */
export function sloGroups(slos: readonly Slo[]): readonly RuleGroup[] {
  if (slos.length === 0) return [];
  const groups = slos.map((slo) => ({
    name: groupName(slo),
    tenant: slo.tenant,
    interval: '1m',
    rules: [...recordingRules(slo), ...alertingRules(slo)],
  }));
  const parsed = parseRuleFile(stringify({ groups }), { file: SLO_FILE });
  if (!parsed.ok) throw new Error(`rules of SLOs: ${parsed.errors.map(({ message }) => message).join('; ')}`);
  return parsed.groups;
}

function recordingRules(slo: Slo): readonly object[] {
  const labels = { ...slo.labels, slo: slo.name };
  const of = `{slo=${JSON.stringify(slo.name)}}`;
  return [
    { record: ERRORS, expr: errorRate(slo, '5m'), labels },
    { record: TOTAL, expr: `sum(rate(${slo.total}[5m]))`, labels },
    ...windowsOf(slo).map((millis) => {
      const window = formatDuration(millis);
      const expr =
        millis <= MAX_RAW_MILLIS
          ? `(${errorRate(slo, window)}) / (sum(rate(${slo.total}[${window}])) > 0)`
          : `sum(sum_over_time(${ERRORS}${of}[${window}])) / (sum(sum_over_time(${TOTAL}${of}[${window}])) > 0)`;
      return { record: ERROR_RATIO, expr, labels: { ...labels, window } };
    }),
  ];
}

function errorRate({ bad, total }: Slo, window: string): string {
  if (bad.kind === 'good') return `sum(rate(${total}[${window}])) - sum(rate(${bad.selector}[${window}]))`;
  // Without an error so far there is no series of errors.
  return `sum(rate(${bad.selector}[${window}])) or sum(rate(${total}[${window}])) * 0`;
}

function alertingRules(slo: Slo): readonly object[] {
  return slo.burns.map(({ severity, longMillis, shortMillis, rate }) => {
    const [long, short] = [formatDuration(longMillis), formatDuration(shortMillis)];
    const limit = `${rate} * ${Number((1 - slo.objective).toPrecision(12))}`;
    const ratio = (window: string): string =>
      `max by (slo) (${ERROR_RATIO}{slo=${JSON.stringify(slo.name)}, window="${window}"})`;
    return {
      alert: 'ErrorBudgetBurn',
      expr: `${ratio(long)} > ${limit} and ${ratio(short)} > ${limit}`,
      labels: { ...slo.labels, severity, slo: slo.name, long_window: long, short_window: short },
      annotations: {
        summary: `The error budget of ${slo.name} burns ${rate} times as fast as it may`,
        description: `In the last ${long}, {{ $value | humanizePercentage }} of the events were bad; the objective is ${percent(slo.objective)}.`,
        ...slo.annotations,
      },
    };
  });
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(6))} %`;
}
