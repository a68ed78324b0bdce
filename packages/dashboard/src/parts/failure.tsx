import type { ReactNode } from 'react';
import type { RequestFailure } from '../data/client.ts';
import { useChangeSearch } from '../data/use-search.ts';
import { msg, t } from '../locale/t.ts';
import { CopyButton } from './copy-button.tsx';
import { Icon } from './icon.tsx';

const TITLES: Readonly<Record<string, string>> = {
  bad_request: msg('The query is invalid'),
  not_found: msg('Not found'),
  forbidden: msg('The gateway denied the request'),
  timeout: msg('The query timed out'),
  limit_exceeded: msg('The query reached a limit'),
  too_large: msg('The query is too long'),
  unavailable: msg('The gateway is unavailable'),
  unreachable: msg('otelier did not respond'),
};

/** An error in its pane: message, code and advice. The rest of the page is unaffected. */
export function Failure({
  failure,
  retry,
  tight = false,
}: {
  readonly failure: RequestFailure;
  readonly retry: () => void;
  readonly tight?: boolean;
}): ReactNode {
  const change = useChangeSearch();
  return (
    <div className={`state ${tight ? 'tight' : ''}`} role="status">
      <h2>
        <span className="err row">
          <Icon name="warn" />
        </span>
        {t((Object.hasOwn(TITLES, failure.code) ? TITLES[failure.code] : undefined) ?? msg('The gateway failed'))}
      </h2>
      {failure.code === 'timeout' && <p>{t('A shorter range or a filter on service usually takes under a second.')}</p>}
      {failure.code === 'unreachable' && <p>{t('It may have been stopped. The page retries automatically.')}</p>}
      <pre className="code">
        {failure.code} <span className="t2">{failure.message}</span>
      </pre>
      <div className="acts">
        {failure.code === 'timeout' && (
          <button
            type="button"
            className="btn primary"
            onClick={() => change({ last: '5m', at: undefined, from: undefined, to: undefined })}
          >
            {t('Use last 5 min')}
          </button>
        )}
        <button type="button" className="btn small" onClick={retry}>
          {t('Try again')}
        </button>
        <CopyButton
          text={`${failure.request}\n${failure.status} ${failure.code}: ${failure.message}`}
          label={t('Copy details')}
        >
          {t('Copy details')}
        </CopyButton>
      </div>
    </div>
  );
}
