import { type ReactNode, useState } from 'react';
import { RequestFailure } from '../../data/client.ts';
import type { QueryState } from '../../data/use-api-query.ts';
import { formatClock, formatDay } from '../../format/time.ts';
import { t } from '../../locale/t.ts';
import { keepEditToken } from '../../parts/edit-token/edit-token.ts';
import { TokenForm } from '../../parts/edit-token/token-form.tsx';
import { QueryResult } from '../../parts/query-result.tsx';
import { expireSilence, type Matcher, type Silence } from './alerting-api.ts';

const MAX_ROWS = 50;

/** The silences that hold alerts back, or will. */
export function SilencesPane({
  result,
  onNew,
}: {
  readonly result: QueryState<readonly Silence[]>;
  readonly onNew: () => void;
}): ReactNode {
  const [asking, setAsking] = useState<{ readonly id: string; readonly isWrong: boolean } | undefined>();
  const [failure, setFailure] = useState('');
  const expire = async (id: string): Promise<void> => {
    try {
      await expireSilence(id);
      setAsking(undefined);
      setFailure('');
      result.retry();
    } catch (error) {
      if (error instanceof RequestFailure && error.code === 'unauthorized')
        setAsking((before) => ({ id, isWrong: before?.id === id }));
      else setFailure(error instanceof Error ? error.message : '');
    }
  };
  const shown = (result.data ?? []).filter(({ status }) => status.state !== 'expired');
  const active = shown.filter(({ status }) => status.state === 'active').length;
  return (
    <section className="al-side" aria-label={t('Silences')}>
      <div className="head al-head bt bb">
        <h2>{t('Silences')}</h2>
        <span className="note">
          {t('{active} active, {planned} planned', { active, planned: shown.length - active })}
        </span>
        <button type="button" className="btn small bare push" onClick={onNew}>
          {t('New')}
        </button>
      </div>
      {asking !== undefined && (
        <TokenForm
          isWrong={asking.isWrong}
          onToken={(token) => {
            keepEditToken(token);
            void expire(asking.id);
          }}
        />
      )}
      {failure !== '' && (
        <p className="al-more err s12" role="alert">
          {failure}
        </p>
      )}
      <QueryResult result={result} tight>
        {() => (
          <ul>
            {shown.slice(0, MAX_ROWS).map((silence) => (
              <li key={silence.id} className="al-entry s12">
                <span className="t3 nowrap">{timesText(silence)}</span>
                <span className="cut" title={silence.comment}>
                  <bdi>{silence.matchers.map(matcherText).join(' ')}</bdi>
                </span>
                <bdi className="t3 cut">{silence.createdBy}</bdi>
                <button type="button" className="btn small bare" onClick={() => void expire(silence.id)}>
                  {t('End')}
                  <span className="unseen">: {silence.matchers.map(matcherText).join(' ')}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </QueryResult>
    </section>
  );
}

function timesText({ status, startsAt, endsAt }: Silence): string {
  const time = (text: string): string => `${formatDay(Date.parse(text))} ${formatClock(Date.parse(text)).slice(0, 5)}`;
  return status.state === 'active'
    ? t('until {time}', { time: time(endsAt) })
    : t('from {time}', { time: time(startsAt) });
}

function matcherText({ name, value, isRegex, isEqual = true }: Matcher): string {
  return `${name}${isEqual ? (isRegex ? '=~' : '=') : isRegex ? '!~' : '!='}"${value}"`;
}
