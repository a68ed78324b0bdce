import { type ReactNode, useMemo, useRef, useState } from 'react';
import { assignServiceColors } from '../../data/service-colors.ts';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { formatClock } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { FilterField } from '../../parts/filter-field.tsx';
import { LoadingRows } from '../../parts/loading.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import type { MatrixSeries } from '../../query/run-promql.ts';
import { useKeys } from '../../shell/keys.ts';
import { useListKeys } from '../../shell/use-list-keys.ts';
import { usePageWindow } from '../../time/page-window.tsx';
import { pastQuery, periodsOf } from './alert-history.ts';
import { AlertTimeline } from './alert-timeline.tsx';
import {
  type Deliveries,
  type Labels,
  type NotifiedAlert,
  type RuleGroup,
  type Silence,
  useAlertingQuery,
} from './alerting-api.ts';
import './alerts.css';
import { DeliveriesPane } from './deliveries-pane.tsx';
import { NoRules } from './no-rules.tsx';
import { RulePanel } from './rule-panel.tsx';
import { brokenRecordings, type ShownRule, STATES, serviceOf, shownRules } from './rule-state.ts';
import { RulesList, StateMark } from './rules-list.tsx';
import { SilenceForm } from './silence-form.tsx';
import { SilencesPane } from './silences-pane.tsx';
import { type Slo, SlosPane } from './slos-pane.tsx';
import { NEW_RULE, ruleText } from './trial/rule-text.ts';
import { RuleTrialForm } from './trial/rule-trial.tsx';
import { useGridWindow } from './use-grid-window.ts';
import { WindowsPane } from './windows-pane.tsx';

interface RulesResponse {
  readonly data: { readonly groups: readonly RuleGroup[] };
}

/** The view of alerts: who fires, since when, and what is done about it. */
export function Alerts(): ReactNode {
  const search = usePageSearch();
  const change = useChangeSearch();
  const { nowMillis } = usePageWindow();
  const window = useGridWindow();
  const [typed, setTyped] = useState('');
  const [silencing, setSilencing] = useState<Labels | undefined>();
  const [tried, setTried] = useState<string | undefined>();
  const result = useAlertingQuery<RulesResponse>('/prometheus/api/v1/rules');
  const groups = result.data?.data.groups ?? [];
  const isConfigured = groups.length > 0;
  const ask = { enabled: isConfigured };
  const notified = useAlertingQuery<readonly NotifiedAlert[]>('/alertmanager/api/v2/alerts', {}, ask);
  const silences = useAlertingQuery<readonly Silence[]>('/alertmanager/api/v2/silences', {}, ask);
  const status = useAlertingQuery<{ readonly config: { readonly original: string } }>(
    '/alertmanager/api/v2/status',
    {},
    { ...ask, refetchMillis: 300_000 },
  );
  const deliveries = useAlertingQuery<Deliveries>('/api/v1/alerting/deliveries', {}, ask);
  const slos = useAlertingQuery<{ readonly slos: readonly Slo[] }>('/api/v1/alerting/slos', {}, ask);
  const all = useMemo(() => shownRules(groups, notified.data), [groups, notified.data]);
  const past = useAlertingQuery<{ readonly data: { readonly result: readonly MatrixSeries[] } }>(
    '/prometheus/api/v1/query_range',
    {
      query: pastQuery(all),
      start: window.startMillis / 1000,
      end: window.endMillis / 1000,
      step: window.stepMillis / 1000,
    },
    { ...ask, refetchMillis: 30_000 },
  );
  const rules = useMemo(() => matching(all, typed), [all, typed]);
  const periods = useMemo(
    () => periodsOf(all, past.data?.data.result ?? [], window.stepMillis),
    [all, past.data, window.stepMillis],
  );
  useMemo(() => {
    const services = all.flatMap(({ alerts }) => serviceOf(alerts[0]?.labels) ?? []);
    assignServiceColors([...new Set(services)].sort());
  }, [all]);
  const selected = rules.find(({ id }) => id === search.rule) ?? rules[0];
  const box = useRef<HTMLDivElement>(null);
  const select = (rule: ShownRule | undefined): void => change({ rule: rule?.id }, 'replace');
  useListKeys({
    what: t('rule'),
    count: rules.length,
    index: selected === undefined ? -1 : rules.indexOf(selected),
    onIndex: (index) => select(rules[index]),
    onOpen: () => document.querySelector<HTMLElement>('.al-open')?.focus(),
    openHint: t('open'),
    rows: { box, row: '.al-rule' },
  });
  const silence = (): void =>
    setSilencing(selected?.alerts[0]?.labels ?? { ...selected?.rule.labels, alertname: selected?.rule.name ?? '' });
  useKeys(t('View'), [
    { press: 'n', does: t('write a new rule'), hint: t('new rule'), run: () => setTried(NEW_RULE) },
    ...(selected === undefined
      ? []
      : [
          { press: 's', does: t('silence the rule'), hint: t('silence'), run: silence },
          {
            press: 't',
            does: t('test the rule on the past'),
            hint: t('test'),
            run: () => setTried(ruleText(selected.rule)),
          },
        ]),
  ]);
  return (
    <QueryResult result={result} loading={<LoadingRows rows={10} height={42} />}>
      {() =>
        !isConfigured ? (
          <NoRules />
        ) : (
          <div className="al">
            <div className="al-bar bb">
              <Extent rules={all} groups={groups} />
              <FilterField label={t('Filter rules')} value={typed} onChange={setTyped} press="f" />
              <button type="button" className="btn" onClick={() => setTried(NEW_RULE)}>
                {t('New rule')}
                <kbd>N</kbd>
              </button>
            </div>
            <AlertTimeline rules={rules} periods={periods} selected={selected?.id} onSelect={select} />
            <div ref={box} className="al-main">
              <section className="pane br" aria-label={t('Rules by state')}>
                <div className="head bb">
                  <h2>{t('Rules')}</h2>
                  <span className="note">{t('{count}, worst first', { count: rules.length })}</span>
                </div>
                {rules.length === 0 ? (
                  <p className="al-more t3 s12">{t('No rule contains this text')}</p>
                ) : (
                  <RulesList rules={rules} selected={selected?.id} nowMillis={nowMillis} onSelect={select} />
                )}
              </section>
              {selected !== undefined && (
                <RulePanel
                  key={selected.id}
                  row={selected}
                  periods={periods.get(selected.id) ?? []}
                  window={window}
                  nowMillis={nowMillis}
                  onSilence={setSilencing}
                  onTry={() => setTried(ruleText(selected.rule))}
                />
              )}
              <div className="pane al-aside scroll">
                <SlosPane result={slos} />
                <SilencesPane result={silences} onNew={silence} />
                <WindowsPane config={status.data?.config.original} />
                <DeliveriesPane result={deliveries} />
              </div>
            </div>
            {tried !== undefined && <RuleTrialForm text={tried} onClose={() => setTried(undefined)} />}
            {silencing !== undefined && (
              <SilenceForm
                labels={silencing}
                onClose={() => setSilencing(undefined)}
                onCreated={() => {
                  setSilencing(undefined);
                  silences.retry();
                  notified.retry();
                }}
              />
            )}
          </div>
        )
      }
    </QueryResult>
  );
}

function Extent({
  rules,
  groups,
}: {
  readonly rules: readonly ShownRule[];
  readonly groups: readonly RuleGroup[];
}): ReactNode {
  const broken = brokenRecordings(groups).length;
  const latest = groups.reduce((max, { lastEvaluation = '' }) => Math.max(max, Date.parse(lastEvaluation) || 0), 0);
  const seconds = groups.reduce((sum, { evaluationTime = 0 }) => sum + evaluationTime, 0);
  return (
    <span className="row s12 al-extent" role="status">
      {STATES.map((state) => {
        const count = rules.filter((rule) => rule.state === state).length;
        return count === 0 ? null : (
          <span key={state} className="row">
            {count} <StateMark state={state} />
          </span>
        );
      })}
      <span className="t3 cut">
        {latest > 0 &&
          t('evaluated at {time} in {millis} ms', { time: formatClock(latest), millis: Math.round(seconds * 1000) })}
        {broken > 0 && `, ${t('{count} recording rules fail', { count: broken })}`}
      </span>
    </span>
  );
}

function matching(rules: readonly ShownRule[], typed: string): readonly ShownRule[] {
  const wanted = typed.trim().toLowerCase();
  if (wanted === '') return rules;
  return rules.filter(({ rule, group, state, alerts }) =>
    [rule.name, rule.query, group.name, state, ...alerts.flatMap(({ labels }) => Object.values(labels))]
      .join(' ')
      .toLowerCase()
      .includes(wanted),
  );
}
