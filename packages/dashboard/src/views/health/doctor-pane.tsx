import type { DoctorReport, Finding } from '@otelier/query';
import { type ReactNode, useRef, useState } from 'react';
import type { QueryState } from '../../data/use-api-query.ts';
import { plural } from '../../format/number.ts';
import { formatClock } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { CopyButton, copyText } from '../../parts/copy-button.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Icon } from '../../parts/icon.tsx';
import { LoadingRows } from '../../parts/loading.tsx';
import { Pane } from '../../parts/pane.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { ScrollRegion } from '../../parts/scroll/scroll-region.tsx';
import { useKeys } from '../../shell/keys.ts';
import { useListKeys } from '../../shell/use-list-keys.ts';

/** What is wrong with the process and its senders, with evidence and remedy. */
export function DoctorPane({
  result,
  checkedMillis,
  onRun,
}: {
  readonly result: QueryState<DoctorReport>;
  readonly checkedMillis: number;
  readonly onRun: () => void;
}): ReactNode {
  const [index, setIndex] = useState(0);
  const box = useRef<HTMLUListElement>(null);
  const findings = result.data?.findings ?? [];
  const selected = findings[index];
  useListKeys({
    what: t('finding'),
    count: findings.length,
    index,
    onIndex: setIndex,
    onOpen: setIndex,
    openHint: t('select'),
    rows: { box, row: '.he-finding h3 button' },
  });
  useKeys(t('View'), [
    { press: 'r', does: t('run the checks again'), hint: t('run the checks'), run: onRun },
    ...(selected === undefined
      ? []
      : [
          {
            press: 'y',
            does: t('copy the remedy'),
            hint: t('copy the remedy'),
            run: () => void copyText(selected.remedy),
          },
        ]),
  ]);
  return (
    <Pane
      title={t('Doctor')}
      note={
        result.data === undefined
          ? t('observes for 2 s')
          : `${plural(result.data.checks.length, 'check')}, ${formatClock(checkedMillis)}`
      }
      className="he-doctor bl"
      actions={
        <button type="button" className="btn small push" onClick={onRun} disabled={result.loading}>
          {t('Run again')}
          <kbd>R</kbd>
        </button>
      }
    >
      <QueryResult result={result} loading={<LoadingRows rows={6} height={48} />}>
        {(report) => (
          <>
            <Summary report={report} />
            <ScrollRegion label={t('Findings')}>
              {report.findings.length === 0 && (
                <EmptyState tight title={t('Nothing found')}>
                  <p>{t('All checks passed.')}</p>
                </EmptyState>
              )}
              <ul ref={box}>
                {report.findings.map((finding, position) => (
                  <FindingRow
                    key={`${finding.check} ${finding.subject} ${position}`}
                    finding={finding}
                    isSelected={position === index}
                    onSelect={() => setIndex(position)}
                  />
                ))}
              </ul>
              {report.failedChecks.map(({ check, message }) => (
                <p key={check} className="he-failed s12 t2">
                  {t('{check} could not be checked: {message}', { check, message })}
                </p>
              ))}
            </ScrollRegion>
          </>
        )}
      </QueryResult>
    </Pane>
  );
}

function Summary({ report: { findings, checks, failedChecks } }: { readonly report: DoctorReport }): ReactNode {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  const found = new Set([...findings.map(({ check }) => check), ...failedChecks.map(({ check }) => check)]);
  return (
    <p className="he-summary row s12 bb" role="status">
      <span className={errors > 0 ? 'err' : 't3'}>{plural(errors, 'error')}</span>
      <span className={warnings > 0 ? 'warn' : 't3'}>{plural(warnings, 'warning')}</span>
      <span className="push t3">{t('{number} passed', { number: checks.length - found.size })}</span>
    </p>
  );
}

function FindingRow({
  finding: { severity, subject, message, remedy },
  isSelected,
  onSelect,
}: {
  readonly finding: Finding;
  readonly isSelected: boolean;
  readonly onSelect: () => void;
}): ReactNode {
  return (
    <li className={`he-finding bb ${isSelected ? 'sel' : ''}`}>
      <span className={`row ${severity === 'error' ? 'err' : 'warn'}`}>
        <Icon name="warn" />
        <span className="unseen">{severity}</span>
      </span>
      <div>
        <h3>
          <button type="button" aria-pressed={isSelected} onClick={onSelect}>
            {subject}
          </button>
        </h3>
        <p className="t2 s12">{message}</p>
        <div className="he-remedy s12">
          <span>{remedy}</span>
          <CopyButton text={remedy} label={t('Copy the remedy')} />
        </div>
      </div>
    </li>
  );
}
