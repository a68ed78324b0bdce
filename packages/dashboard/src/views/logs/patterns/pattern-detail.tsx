import type { LogPattern } from '@otelier/query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { timeOf } from '../../../data/search.ts';
import { usePageSearch } from '../../../data/use-search.ts';
import { plural } from '../../../format/number.ts';
import { formatMillis, millisOf } from '../../../format/time.ts';
import { t } from '../../../locale/t.ts';
import { CopyButton } from '../../../parts/copy-button.tsx';
import { Icon } from '../../../parts/icon.tsx';
import { AnsiText } from '../ansi-text.tsx';
import { patternText } from './pattern-text.tsx';

/** An expanded pattern: its latest records, and the values of its variables. */
export function PatternDetail({
  pattern,
  onOnly,
  onWithout,
}: {
  readonly pattern: LogPattern;
  readonly onOnly: () => void;
  readonly onWithout: () => void;
}): ReactNode {
  const time = timeOf(usePageSearch());
  const { parts, count, examples } = pattern;
  const variables = parts.flatMap(({ variable }) =>
    variable === undefined || variable === null || variable.kind === 'escape' ? [] : [variable],
  );
  return (
    <div className="lo-pattern-detail">
      <div className="acts">
        <button type="button" className="btn small" onClick={onOnly}>
          <Icon name="logs" />
          {t('Show {records}', { records: plural(count, 'record') })}
          <kbd>+</kbd>
        </button>
        <button type="button" className="btn small" onClick={onWithout}>
          {t('Leave out')}
          <kbd>−</kbd>
        </button>
        <CopyButton text={patternText(parts)} label={t('Copy pattern')}>
          {t('Copy pattern')}
        </CopyButton>
      </div>
      <div>
        <div className="groupname lo-first">{t('Latest records')}</div>
        <ul aria-label={t('Latest records')}>
          {examples.map(({ timeNanos, body, traceId, spanId }, index) => (
            <li key={index} className="lo-example">
              <span className="t3">{formatMillis(millisOf(timeNanos))}</span>
              <pre className="mono">
                <AnsiText text={body} />
              </pre>
              {traceId !== undefined && traceId !== null && traceId !== '' && (
                <Link
                  to="/traces"
                  search={{ ...time, trace: traceId, span: spanId ?? undefined }}
                  className="row nowrap"
                >
                  <Icon name="traces" size={12} />
                  <span className="unseen">{t('Open trace')} </span>
                  {traceId.slice(0, 6)}
                </Link>
              )}
            </li>
          ))}
        </ul>
      </div>
      {variables.length > 0 && (
        <div className="bl">
          <div className="groupname lo-first">{t('Variables')}</div>
          <dl className="kv">
            {variables.map(({ kind, values, distinct }, index) => (
              <div key={index} className="pair">
                <dt>{kind}</dt>
                <dd title={values.map(({ value, count: times }) => `${value} (${times})`).join('\n')}>
                  {values.map(({ value }) => value).join(', ')}
                  {distinct > values.length && (
                    <span className="t3"> {t('and {count} more', { count: distinct - values.length })}</span>
                  )}
                </dd>
              </div>
            ))}
          </dl>
        </div>
      )}
    </div>
  );
}
