import type { ReactNode } from 'react';
import type { QueryState } from '../../data/use-api-query.ts';
import { fixed, formatPercent, trimDecimals } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { QueryResult } from '../../parts/query-result.tsx';

/** A service-level objective with the state of its error budget. */
export interface Slo {
  readonly name: string;
  /** Share of good events that is promised, from 0 to 1. */
  readonly objective: number;
  /** Period of the budget, such as `30d`. */
  readonly window: string;
  /** Share of the budget that is left; negative if it is overspent. */
  readonly budgetRemaining?: number;
  readonly burnRates: readonly {
    readonly window: string;
    /** Multiple of the rate that spends the budget exactly; absent without events. */
    readonly rate?: number;
    /** Limit from which an alert fires. */
    readonly limit?: number;
  }[];
  readonly error?: string;
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

function SloEntry({
  slo: { name, objective, window, budgetRemaining, burnRates, error },
}: {
  readonly slo: Slo;
}): ReactNode {
  const isSpent = budgetRemaining !== undefined && budgetRemaining <= 0;
  return (
    <>
      <p className="row s12">
        <bdi className="med cut">{name}</bdi>
        <span className="t3 nowrap">
          {t('{objective} % in {window}', { objective: trimDecimals(formatPercent(objective, 3)), window })}
        </span>
        {budgetRemaining !== undefined && (
          <span className={`push nowrap ${isSpent ? 'err' : ''}`}>
            <b className="med">{formatPercent(budgetRemaining, 1)}</b> {t('% left')}
          </span>
        )}
      </p>
      {budgetRemaining !== undefined && (
        <span className="al-budget" aria-hidden="true">
          <i
            className={isSpent ? 'spent' : ''}
            style={{ width: `${Math.min(1, Math.max(0, budgetRemaining)) * 100}%` }}
          />
        </span>
      )}
      {error !== undefined && error !== '' && (
        <p className="err s12">
          <bdi>{error}</bdi>
        </p>
      )}
      <ul>
        {burnRates.map(({ window: of, rate, limit }) => {
          const isOver = rate !== undefined && limit !== undefined && rate > limit;
          const top = Math.max(rate ?? 0, limit ?? 0, 1e-9);
          return (
            <li key={of} className="al-burn s12">
              <span className="t3">{of}</span>
              <span className={`num ${isOver ? 'err strong' : ''}`}>
                {rate === undefined ? '—' : `${fixed(rate, 1)} ×`}
              </span>
              <span className="al-track" aria-hidden="true">
                <i className={isOver ? 'over' : ''} style={{ width: ((rate ?? 0) / top) * TRACK }} />
                {limit !== undefined && <b style={{ left: (limit / top) * TRACK }} />}
              </span>
              <span className="num t3">
                {limit === undefined ? '' : t('limit {limit} ×', { limit: fixed(limit, 1) })}
              </span>
            </li>
          );
        })}
      </ul>
    </>
  );
}
