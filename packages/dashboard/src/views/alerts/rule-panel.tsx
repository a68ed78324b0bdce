import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { timeOf } from '../../data/search.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { formatNumber, plural } from '../../format/number.ts';
import { formatAge, formatClock, formatDay } from '../../format/time.ts';
import { msg, t } from '../../locale/t.ts';
import { ServiceLink } from '../../parts/links/service-link.tsx';
import { ScrollRegion } from '../../parts/scroll/scroll-region.tsx';
import { ServiceMark } from '../../parts/service-mark.tsx';
import { numberOf } from '../../query/run-promql.ts';
import type { StatePeriod } from './alert-history.ts';
import type { Labels } from './alerting-api.ts';
import { RuleChart } from './rule-chart.tsx';
import { RuleExpression } from './rule-expression.tsx';
import { languageOf, type ShownAlert, type ShownRule, serviceOf } from './rule-state.ts';
import { StateMark } from './rules-list.tsx';
import type { GridWindow } from './use-grid-window.ts';

/** Number of alerts and of past periods that are listed. */
const MAX_ALERTS = 50;
const MAX_PERIODS = 20;

/** An open rule: its expression, value, alerts and past. */
export function RulePanel({
  row,
  periods,
  window,
  nowMillis,
  onSilence,
  onTry,
}: {
  readonly row: ShownRule;
  readonly periods: readonly StatePeriod[];
  readonly window: GridWindow;
  readonly nowMillis: number;
  readonly onSilence: (labels: Labels) => void;
  readonly onTry: () => void;
}): ReactNode {
  const { rule, group, state, alerts } = row;
  const service = serviceOf(alerts[0]?.labels ?? rule.labels);
  return (
    <section className="pane al-open br" aria-label={t('Rule')} tabIndex={-1}>
      <div className="head bb">
        <ServiceMark service={service ?? ''} hollow={service === undefined} />
        <h2 className="cut">
          <bdi>{rule.name}</bdi>
        </h2>
        <StateMark state={state} />
        <button type="button" className="btn small push" onClick={onTry}>
          {t('Test on the past')}
          <kbd>T</kbd>
        </button>
        <button
          type="button"
          className="btn small"
          onClick={() => onSilence(alerts[0]?.labels ?? { ...rule.labels, alertname: rule.name })}
        >
          {t('Silence')}
          <kbd>S</kbd>
        </button>
      </div>
      <ScrollRegion label={t('Rule')}>
        <RuleExpression rule={rule} />
        <RuleChart row={row} periods={periods} window={window} />
        <Alerts alerts={alerts} onSilence={onSilence} nowMillis={nowMillis} />
        <History periods={periods} />
        <div className="al-links row s12 bt">
          <RuleLinks row={row} service={service} />
          <span className="push t3 s11 cut">
            {group.name}, {group.file}
          </span>
        </div>
      </ScrollRegion>
    </section>
  );
}

function RuleLinks({
  row: { rule },
  service,
}: {
  readonly row: ShownRule;
  readonly service: string | undefined;
}): ReactNode {
  const time = timeOf(usePageSearch());
  const where = service === undefined ? [] : [`service = ${service}`];
  return (
    <>
      <Link to="/query" search={{ ...time, lang: languageOf(rule), query: rule.query } as never}>
        {t('Open as query')}
      </Link>
      {service !== undefined && (
        <>
          <Link to="/traces" search={{ ...time, where: [...where, 'status = error'] } as never}>
            {t('Failed traces')}
          </Link>
          <Link to="/logs" search={{ ...time, where } as never}>
            {t('Logs')}
          </Link>
          <ServiceLink service={service}>{t('Service')}</ServiceLink>
        </>
      )}
    </>
  );
}

const HELD_NAMES = {
  silence: msg('silenced'),
  inhibition: msg('inhibited'),
  interval: msg('muted by a time interval'),
} as const;

function Alerts({
  alerts,
  onSilence,
  nowMillis,
}: {
  readonly alerts: readonly ShownAlert[];
  readonly onSilence: (labels: Labels) => void;
  readonly nowMillis: number;
}): ReactNode {
  if (alerts.length === 0) return null;
  const firing = alerts.filter(({ state }) => state === 'firing').length;
  return (
    <>
      <div className="head al-head bt bb">
        <h2>{t('Alerts')}</h2>
        <span className="note">
          {t('{firing} firing, {pending} pending', { firing, pending: alerts.length - firing })}
          {alerts.length > MAX_ALERTS && `, ${t('the first {count} are listed', { count: MAX_ALERTS })}`}
        </span>
      </div>
      <ul aria-label={t('Alerts')}>
        {alerts.slice(0, MAX_ALERTS).map((alert) => (
          <li key={JSON.stringify(alert.labels)} className="al-alert bb s12">
            <p className="row">
              <StateMark
                state={alert.heldBy !== undefined ? 'silenced' : alert.state === 'firing' ? 'firing' : 'pending'}
              />
              <span className="strong">{formatNumber(numberOf(alert.value))}</span>
              {alert.activeAt !== undefined && (
                <span className="t3">
                  {t('for {duration}', { duration: formatAge(nowMillis - Date.parse(alert.activeAt)) })}
                </span>
              )}
              {alert.heldBy !== undefined && <span className="t3">{t(HELD_NAMES[alert.heldBy])}</span>}
              <button type="button" className="btn small bare push" onClick={() => onSilence(alert.labels)}>
                {t('Silence')}
                <span className="unseen">: {labelsText(alert.labels)}</span>
              </button>
            </p>
            <p className="mono t2 al-labels">
              <bdi>{labelsText(alert.labels)}</bdi>
            </p>
            {Object.entries(alert.annotations).map(([name, text]) => (
              <p key={name}>
                <span className="t3">{name} </span>
                <bdi>{text}</bdi>
              </p>
            ))}
          </li>
        ))}
      </ul>
    </>
  );
}

function labelsText(labels: Labels): string {
  return Object.entries(labels)
    .filter(([name]) => name !== 'alertname')
    .map(([name, value]) => `${name}="${value}"`)
    .join(' ');
}

function History({ periods }: { readonly periods: readonly StatePeriod[] }): ReactNode {
  const latest = periods.toReversed().slice(0, MAX_PERIODS);
  const fired = periods.filter(({ state }) => state === 'firing').length;
  return (
    <>
      <div className="head al-head bt bb">
        <h2>{t('Recent history')}</h2>
        <span className="note">{t('fired {times} in this range', { times: plural(fired, 'time') })}</span>
      </div>
      {latest.length > 0 && (
        <table>
          <colgroup>
            <col style={{ width: 132 }} />
            <col />
            <col style={{ width: 96 }} />
          </colgroup>
          <thead>
            <tr>
              <th>{t('From')}</th>
              <th>{t('State')}</th>
              <th className="num">{t('Duration')}</th>
            </tr>
          </thead>
          <tbody>
            {latest.map(({ state, startMillis, endMillis }) => (
              <tr key={`${state} ${startMillis}`}>
                <td className="mono t3">
                  {formatDay(startMillis)} {formatClock(startMillis)}
                </td>
                <td>
                  <StateMark state={state} />
                </td>
                <td className="num t3">{formatAge(endMillis - startMillis)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
