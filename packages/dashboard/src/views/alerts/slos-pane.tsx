import type { ReactNode } from 'react';
import type { QueryState } from '../../data/use-api-query.ts';
import { fixed, formatPercent, trimDecimals } from '../../format/number.ts';
import { formatAge } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { QueryResult } from '../../parts/query-result.tsx';

/** A service-level objective with the state of its error budget. */
export interface Slo {
  readonly name: string;
  /** Share of good events that is wanted, from 0 to 1. */
  readonly objective: number;
  readonly windowMillis: number;
  /** Share of the budget that is left; negative if the objective is missed, absent without events. */
  readonly budgetLeft?: number;
  readonly burnRates: readonly {
    readonly windowMillis: number;
    /** Multiple of the rate that spends the budget exactly. */
    readonly burnRate: number;
    /** The rate above which an alert on the window fires. */
    readonly limit?: number;
  }[];
  /** Severities of the alerts on burn rates that fire. */
  readonly firing: readonly string[];
}

const TRACK = 96;

/** The objectives with their budgets and burn rates. */
export function SlosPane({ result }: { readonly result: QueryState<{ readonly slos: readonly Slo[] }> }): ReactNode {
  const slos = result.data?.slos ?? [];
  if (result.failure === undefined && slos.length === 0) return null;
  return (
    <section className="al-side" aria-label={t('Objectives')}>
      <div className="head al-head bb">
        <h2>{t('Objectives')}</h2>
      </div>
      <QueryResult result={result} tight>
        {() => (
          <ul>
            {slos.map((slo) => (
              <li key={slo.name} className="al-slo bb">
                <SloEntry slo={slo} />
              </li>
            ))}
          </ul>
        )}
      </QueryResult>
    </section>
  );
}

function SloEntry({ slo }: { readonly slo: Slo }): ReactNode {
  const { name, objective, windowMillis, budgetLeft, burnRates, firing } = slo;
  const isSpent = budgetLeft !== undefined && budgetLeft <= 0;
  const top = burnRates.reduce((max, { burnRate, limit = 1 }) => Math.max(max, burnRate, limit), 1);
  const [fastest] = burnRates;
  return (
    <>
      <p className="row s12">
        <bdi className="med cut">{name}</bdi>
        <span className="t3 nowrap">
          {t('{objective} % in {window}', {
            objective: trimDecimals(formatPercent(objective, 3)),
            window: formatAge(windowMillis),
          })}
        </span>
        <span className={`push nowrap ${isSpent ? 'err' : ''}`}>
          {budgetLeft === undefined ? (
            t('no events')
          ) : (
            <>
              <b className="med">{trimDecimals(formatPercent(budgetLeft, 1))}</b> {t('% left')}
            </>
          )}
        </span>
      </p>
      {budgetLeft !== undefined && (
        <span className="al-budget" aria-hidden="true">
          <i className={isSpent ? 'spent' : ''} style={{ width: `${Math.min(1, Math.max(0, budgetLeft)) * 100}%` }} />
        </span>
      )}
      {firing.length > 0 && (
        <p className="err s12">{t('firing: {severities}', { severities: firing.join(', ') || t('no severity') })}</p>
      )}
      <ul aria-label={t('Burn rates')}>
        {burnRates.map(({ windowMillis: of, burnRate, limit = 1 }) => (
          <li key={of} className="al-burn s12">
            <span className="t3">{formatAge(of)}</span>
            <span className={`num ${burnRate > limit ? 'strong' : ''}`}>{fixed(burnRate, 1)} ×</span>
            <span className="al-track" aria-hidden="true">
              <i className={burnRate > limit ? 'over' : ''} style={{ width: Math.max(0, burnRate / top) * TRACK }} />
              <b style={{ left: (limit / top) * TRACK }} />
            </span>
            <span className="t3 num">{t('limit {rate} ×', { rate: trimDecimals(fixed(limit, 1)) })}</span>
          </li>
        ))}
      </ul>
      {fastest !== undefined && fastest.burnRate > 1 && budgetLeft !== undefined && budgetLeft > 0 && (
        <p className="t2 s12">
          {t('At the pace of {window} the budget lasts {time}.', {
            window: formatAge(fastest.windowMillis),
            time: formatAge((budgetLeft * windowMillis) / fastest.burnRate),
          })}
        </p>
      )}
    </>
  );
}
