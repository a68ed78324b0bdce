import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { SparkBars } from '../../charts/spark/spark.tsx';
import { writeCondition } from '../../data/conditions.ts';
import { timeOf } from '../../data/search.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { formatCount, plural } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Pane } from '../../parts/pane.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { SeverityLetter } from '../../parts/severity.tsx';
import { useServiceLogs } from './use-service.ts';

/** Severities with the range of their numbers, worst first. */
const SEVERITIES = [
  { name: 'fatal', from: 21, color: 'var(--error-fill)' },
  { name: 'error', from: 17, color: 'var(--error-fill)' },
  { name: 'warn', from: 13, color: 'var(--warn-fill)' },
  { name: 'info', from: 9, color: 'var(--text-3)' },
  { name: 'debug', from: 5, color: 'var(--text-3)' },
  { name: 'trace', from: 1, color: 'var(--text-3)' },
] as const;

/** The log records of a service by severity. */
export function ServiceLogs({ service }: { readonly service: string }): ReactNode {
  const result = useServiceLogs(service);
  const time = timeOf(usePageSearch());
  const where = writeCondition('service', '=', service);
  const rows = SEVERITIES.map(({ name, ...severity }) => {
    const steps = result.data?.severities[name] ?? [];
    return { name, ...severity, steps, count: steps.reduce((sum, count) => sum + count, 0) };
  }).filter(({ count }) => count > 0);
  const total = result.data?.total ?? 0;
  return (
    <Pane
      title={t('Logs')}
      note={result.data === undefined ? undefined : plural(total, 'record')}
      className="bb"
      actions={
        <Link className="push s12 nowrap" to="/logs" search={{ ...time, where: [where] }}>
          {t('Open in Logs')}
        </Link>
      }
    >
      <QueryResult result={result}>
        {() =>
          total === 0 ? (
            <EmptyState tight title={t('No logs in this range')} />
          ) : (
            <ul>
              {rows.map(({ name, from, color, steps, count }) => (
                <li key={name}>
                  <Link
                    to="/logs"
                    search={{ ...time, where: [where, `severity >= ${from}`, `severity <= ${from + 3}`] }}
                    className="sv-severity plain"
                  >
                    <SeverityLetter number={from} />
                    <span>{name}</span>
                    <SparkBars values={steps} width={120} color={color} />
                    <span className="num">{formatCount(count)}</span>
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </QueryResult>
    </Pane>
  );
}
