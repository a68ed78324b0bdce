import type { AuditEntry, AuditResponse, AuditVerification } from '@otelier/query';
import { type ReactNode, useState } from 'react';
import { addressOf, getJson } from '../../data/client.ts';
import { useApiQuery } from '../../data/use-api-query.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { formatClock, formatDay } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { Icon } from '../../parts/icon.tsx';
import { Pane } from '../../parts/pane.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { useKeys } from '../../shell/keys.ts';
import { type PaneProps, personText } from './admin-data.ts';

/** The audit log, newest first. It is read again only when the user asks, because the log has an entry for each read. */
export function AuditPane({ maxRows, nowMillis }: PaneProps): ReactNode {
  const { text = '' } = usePageSearch();
  const [search, setSearch] = useState(text);
  const [before, setBefore] = useState<number | undefined>();
  const limit = Math.min(maxRows, 200);
  const result = useApiQuery<AuditResponse>({
    path: '/audit',
    params: { search, limit, before },
    staleMillis: 0,
  });
  const { entries = [], next } = result.data ?? {};
  return (
    <Pane
      title={t('Audit log')}
      note={t('append only')}
      className="ad-pane"
      actions={
        <span className="push row">
          <label className="field small quiet">
            <Icon name="search" />
            <input
              type="search"
              aria-label={t('Search the audit log')}
              placeholder={t('Search')}
              defaultValue={text}
              onKeyDown={(event) => {
                if (event.key !== 'Enter') return;
                setBefore(undefined);
                setSearch(event.currentTarget.value);
              }}
            />
          </label>
          <a className="btn small bare" href={addressOf('/audit/export', { search })} download="audit.ndjson">
            <Icon name="download" />
            {t('Export')}
          </a>
        </span>
      }
    >
      <QueryResult result={result} tight>
        {() => (
          <>
            <ol className="ad-audit" aria-label={t('Audit log')}>
              {entries.map((entry) => (
                <Entry key={entry.sequence} entry={entry} nowMillis={nowMillis} />
              ))}
            </ol>
            {entries.length === 0 && next === undefined && (
              <p className="ad-note t3 s12">{t('No entry contains this text')}</p>
            )}
          </>
        )}
      </QueryResult>
      <div className="ad-foot s12">
        <Verify />
        <span className="push row">
          {before === undefined ? (
            <button type="button" className="btn small" onClick={result.retry}>
              {t('Refresh')}
            </button>
          ) : (
            <button type="button" className="btn small" onClick={() => setBefore(undefined)}>
              {t('Newest')}
            </button>
          )}
          {next !== undefined && (
            <button type="button" className="btn small" onClick={() => setBefore(next)}>
              {t('Older')}
            </button>
          )}
        </span>
      </div>
    </Pane>
  );
}

function Entry({ entry, nowMillis }: { readonly entry: AuditEntry; readonly nowMillis: number }): ReactNode {
  const { sequence, timeMillis, subject, action, target, outcome, reason, isIntact } = entry;
  const [day, clock] = [formatDay(timeMillis), formatClock(timeMillis)];
  const text = [action, target, reason].filter((part) => part !== undefined).join(' · ');
  return (
    <li>
      <span className="mono t3 nowrap" title={`${day} ${clock}`}>
        {day === formatDay(nowMillis) ? clock : `${day} ${clock.slice(0, 5)}`}
      </span>
      <bdi className="t2 cut" title={subject}>
        {personText(subject)}
      </bdi>
      <bdi className={`cut ${outcome === 'allowed' ? '' : 'warn'}`} title={text}>
        {text}
      </bdi>
      {isIntact ? <span className="mono t3 num">#{sequence}</span> : <span className="err num">{t('changed')}</span>}
    </li>
  );
}

/** Verifies the log when the user asks for it. */
function Verify(): ReactNode {
  const [state, setState] = useState<AuditVerification | 'running' | 'failed' | undefined>();
  const verify = async (): Promise<void> => {
    setState('running');
    try {
      setState(await getJson<AuditVerification>('/audit/verify', {}, new AbortController().signal));
    } catch {
      setState('failed');
    }
  };
  useKeys(t('View'), [{ press: 'v', does: t('verify the log'), hint: t('verify'), run: () => void verify() }]);
  return (
    <>
      <button type="button" className="btn small" disabled={state === 'running'} onClick={() => void verify()}>
        {t('Verify')}
        <kbd>V</kbd>
      </button>
      <span role="status" className="cut">
        {state === undefined && <span className="t3">{t('Each entry contains the hash of the one before.')}</span>}
        {state === 'running' && <span className="t3">{t('verifying')}</span>}
        {state === 'failed' && <span className="err">{t('otelier did not respond.')}</span>}
        {typeof state === 'object' && <Result result={state} />}
      </span>
    </>
  );
}

function Result({ result }: { readonly result: AuditVerification }): ReactNode {
  if (result.kind === 'damaged')
    return (
      <span className="err">{t('changed at line {line}: {reason}', { line: result.line, reason: result.reason })}</span>
    );
  return (
    <span className="ok row" title={result.hash}>
      <Icon name="check" size={11} />
      {t('{count} entries intact, head {hash}', { count: result.entries, hash: result.hash.slice(0, 8) })}
    </span>
  );
}
