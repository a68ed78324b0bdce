import type { LogPattern } from '@otelier/query';
import type { ReactNode } from 'react';
import { SparkBars } from '../../../charts/spark/spark.tsx';
import { formatChange, formatCount, formatPercent } from '../../../format/number.ts';
import { formatMinute, millisOf } from '../../../format/time.ts';
import { t } from '../../../locale/t.ts';
import { ServiceMark } from '../../../parts/service-mark.tsx';
import { levelOf, SeverityLetter } from '../../../parts/severity.tsx';
import { commonValues, PatternText } from './pattern-text.tsx';
import { isNewPattern } from './use-patterns.ts';

/** A pattern with its trend, its share of all records, and its change. */
export function PatternRow({
  pattern,
  total,
  hasBefore,
  selected,
  open,
  onToggle,
}: {
  readonly pattern: LogPattern;
  readonly total: number;
  readonly hasBefore: boolean;
  readonly selected: boolean;
  readonly open: boolean;
  readonly onToggle: () => void;
}): ReactNode {
  const { service, severityNumber, parts, steps, count } = pattern;
  const level = levelOf(severityNumber);
  const share = count / Math.max(1, total);
  return (
    <button type="button" className={`lo-pattern ${selected ? 'sel' : ''}`} aria-expanded={open} onClick={onToggle}>
      <SeverityLetter number={severityNumber} />
      <span className="row">
        <ServiceMark service={service} />
        <bdi className="cut">{service}</bdi>
      </span>
      <span className="lo-pattern-text">
        <span className="mono cut">
          <PatternText parts={parts} />
        </span>
        <bdi className="t3 s11 cut">{commonValues(parts)}</bdi>
      </span>
      <SparkBars
        values={steps}
        width={84}
        height={16}
        color={`var(--sev-${level === 'unspecified' ? 'trace' : level})`}
      />
      <span className="num">
        {formatCount(count)}
        <span className="unseen"> {t('records')}</span>
      </span>
      <span className="num">
        {share < 0.001 ? '< 0.1' : formatPercent(share, 1)}
        <span className="t3"> %</span>
      </span>
      <span className="num">
        <Change pattern={pattern} hasBefore={hasBefore} />
      </span>
    </button>
  );
}

/** Growth from which a pattern is worth a look. */
const GROWN = 2;

function Change({ pattern, hasBefore }: { readonly pattern: LogPattern; readonly hasBefore: boolean }): ReactNode {
  const { count, before, firstSeenNanos } = pattern;
  if (isNewPattern(pattern))
    return <span className="tag warn">{t('new {time}', { time: formatMinute(millisOf(firstSeenNanos)) })}</span>;
  if (!hasBefore) return null;
  return <span className={count >= before * GROWN ? 'strong' : 't3'}>{formatChange(count, before)}</span>;
}
