import type { DryRunReport } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { formatCount, formatPercent, NO_VALUE } from '../../../format/number.ts';
import { msg, t } from '../../../locale/t.ts';
import { Failure } from '../../../parts/failure.tsx';
import { Segmented } from '../../../parts/segmented.tsx';
import './dry-run.css';
import { DifferingItems, type FateFilter } from './differing-items.tsx';
import { reasonText } from './reason-text.ts';
import type { DryRun } from './use-edit.ts';

/** What the draft would do: the balance of both configurations, and the items whose fate differs. */
export function DryRunPane({
  dryRun: { running, report, failure, text },
  draft,
  canRun,
  onRun,
}: {
  readonly dryRun: DryRun;
  /** The text of the draft. */
  readonly draft: string;
  readonly canRun: boolean;
  readonly onRun: () => void;
}): ReactNode {
  return (
    <section className="pane pe-dry" aria-label={t('Dry run')}>
      <div className="head bb">
        <h2>{t('Dry run')}</h2>
        <span className="note cut">
          {running
            ? t('observing live data')
            : report === undefined
              ? t('live data; nothing is sent or stored')
              : text === draft
                ? t('live data, {seconds} s', { seconds: report.seconds })
                : t('an earlier draft, {seconds} s', { seconds: report.seconds })}
        </span>
        <span className="push row">
          <button type="button" className="btn small" disabled={!canRun || running} onClick={onRun}>
            {running ? t('Running') : report === undefined ? t('Run') : t('Again')}
            <kbd>D</kbd>
          </button>
        </span>
      </div>
      {failure !== undefined && <Failure failure={failure} retry={onRun} tight />}
      {report === undefined ? (
        failure === undefined && (
          <p className="pe-empty t2">
            {t(
              'A dry run takes what the receivers pass on for ten seconds, and runs the draft beside the running configuration on it. Exporters are never started.',
            )}
          </p>
        )
      ) : (
        <Result report={report} />
      )}
    </section>
  );
}

function Result({ report }: { readonly report: DryRunReport }): ReactNode {
  const [filter, setFilter] = useState<FateFilter>('all');
  const { differing, items, balance, notes } = report;
  return (
    <>
      <table className="pe-balance">
        <thead>
          <tr>
            <th scope="col">{t('Rule, items in {seconds} s', { seconds: report.seconds })}</th>
            <th scope="col" className="num">
              {t('now')}
            </th>
            <th scope="col" className="num">
              {t('draft')}
            </th>
            <th scope="col">
              <span className="unseen">{t('share that is kept')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {balance.map((row) => (
            <BalanceRow key={`${row.kind} ${row.component} ${row.reason} ${row.rule}`} row={row} report={report} />
          ))}
        </tbody>
      </table>
      {notes.map((note) => (
        <p key={note} className="pe-note t2">
          {note}
        </p>
      ))}
      <div className="head pe-differ">
        <h2>{t('Items that differ')}</h2>
        <span className="note">
          {formatCount(differing.items)}
          {items > 0 && `, ${formatPercent(differing.items / items, 1)} %`}
        </span>
        <span className="push">
          <Segmented
            label={t('Items that differ')}
            value={filter}
            options={[
              { value: 'all', label: t('All') },
              { value: 'lost', label: t('Lost') },
              { value: 'changed', label: t('Changed') },
            ]}
            onChange={setFilter}
          />
        </span>
      </div>
      <DifferingItems sample={differing.sample} filter={filter} />
    </>
  );
}

type Row = DryRunReport['balance'][number];

const KINDS: Readonly<Record<Row['kind'], string>> = {
  received: msg('Received'),
  not_received: msg('no longer received'),
  copied: msg('copied to further pipelines and exporters'),
  created: msg('created'),
  refused: msg('refused, the sender keeps them'),
  dropped: msg('dropped'),
  merged: msg('merged'),
  held: msg('held'),
  kept: msg('Kept'),
  unaccounted: msg('Unaccounted'),
};

function BalanceRow({ row, report }: { readonly row: Row; readonly report: DryRunReport }): ReactNode {
  const { kind, component, reason, rule, now, draft } = row;
  const isSum = kind === 'kept' || kind === 'unaccounted';
  const what = reason === undefined ? t(KINDS[kind]) : reasonText(reason);
  const into = report.edges.filter(({ to }) => to === component).reduce((sum, edge) => sum + edge.draft, 0);
  const leaves = (kind === 'dropped' || kind === 'merged') && into > 0;
  return (
    <tr className={`${isSum ? 'tot' : ''} ${kind === 'unaccounted' ? 'end' : ''}`}>
      <th
        scope="row"
        className={isSum || kind === 'received' ? '' : 'sub'}
        title={[what, component, rule].filter((part) => part !== undefined).join(', ')}
      >
        <span className="cut">
          {what}
          {component !== undefined && <span className="t3"> {component.split('/').slice(1).join('/')}</span>}
          {rule !== undefined && <span className="t3 mono"> {rule}</span>}
        </span>
      </th>
      <td className="num t2">{now === 0 && !isSum ? NO_VALUE : formatCount(now)}</td>
      <td className={`num ${kind === 'unaccounted' && draft !== 0 ? 'err' : ''}`}>
        {draft === 0 && !isSum ? NO_VALUE : formatCount(draft)}
      </td>
      <td>
        {leaves && (
          <span className="pe-share" aria-hidden="true">
            <i style={{ flexGrow: Math.max(0, into - draft) }} />
            <i style={{ flexGrow: draft }} />
          </span>
        )}
      </td>
    </tr>
  );
}
