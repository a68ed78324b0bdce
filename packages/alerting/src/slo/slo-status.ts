import { formatDuration } from '@otelier/query/promql';
import type { EvaluatedRule, RuleHost } from '../rules/evaluate-group.ts';
import type { Slo } from './parse-slos.ts';
import { ERROR_RATIO, windowsOf } from './slo-rules.ts';

/** How an SLO is met. */
export interface SloStatus {
  readonly name: string;
  readonly tenant: string;
  /** Share of good events that is wanted. */
  readonly objective: number;
  readonly windowMillis: number;
  /** Share of good events in the window; `undefined` without events. */
  readonly ratio: number | undefined;
  /** Share of the error budget that is left: 1 without an error, negative if the objective is missed. */
  readonly budgetLeft: number | undefined;
  /** How fast the budget burns in windows of time: at 1, it lasts as long as the window of the SLO. */
  readonly burnRates: readonly {
    readonly windowMillis: number;
    readonly burnRate: number;
    /** The rate above which an alert on this window fires. */
    readonly limit?: number;
  }[];
  /** Severities of the alerts that fire. */
  readonly firing: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** Returns how an SLO is met, from what its rules recorded. */
export async function sloStatus(
  slo: Slo,
  rules: readonly EvaluatedRule[],
  host: RuleHost,
  nowMillis: number,
): Promise<SloStatus> {
  const { name, tenant, objective, windowMillis, labels } = slo;
  const samples = await host.query(`${ERROR_RATIO}{slo=${JSON.stringify(name)}}`, nowMillis);
  const byWindow = new Map(samples.map(({ labels: own, value }) => [own.get('window'), value]));
  const errorRatio = byWindow.get(formatDuration(windowMillis));
  const budget = 1 - objective;
  const firing = rules.flatMap(({ alerts }) =>
    alerts.flatMap(({ state, labels: own }) => (state === 'firing' ? [own.get('severity')] : [])),
  );
  return {
    ...{ name, tenant, objective, windowMillis, labels },
    ratio: errorRatio === undefined ? undefined : 1 - errorRatio,
    budgetLeft: errorRatio === undefined ? undefined : 1 - errorRatio / budget,
    burnRates: windowsOf(slo).flatMap((millis) => {
      const ratio = byWindow.get(formatDuration(millis));
      if (ratio === undefined) return [];
      const limits = slo.burns.flatMap(({ longMillis, shortMillis, rate }) =>
        longMillis === millis || shortMillis === millis ? [rate] : [],
      );
      const burnRate = { windowMillis: millis, burnRate: ratio / budget };
      return [limits.length === 0 ? burnRate : { ...burnRate, limit: Math.min(...limits) }];
    }),
    firing: [...new Set(firing)],
  };
}
