import { type ReactNode, useState } from 'react';
import { RequestFailure } from '../../data/client.ts';
import { t } from '../../locale/t.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { keepEditToken } from '../../parts/edit-token/edit-token.ts';
import { TokenForm } from '../../parts/edit-token/token-form.tsx';
import { createSilence, type Labels } from './alerting-api.ts';

const HOURS = [1, 2, 8, 24, 72] as const;

/** Silences the alerts that have some labels. Writes need the token for edits. */
export function SilenceForm({
  labels,
  onClose,
  onCreated,
}: {
  readonly labels: Labels;
  readonly onClose: () => void;
  readonly onCreated: () => void;
}): ReactNode {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => new Set(Object.keys(labels)));
  const [hours, setHours] = useState(2);
  const [author, setAuthor] = useState('');
  const [comment, setComment] = useState('');
  const [state, setState] = useState<'open' | 'sending' | 'token' | 'wrong token'>('open');
  const [failure, setFailure] = useState('');
  const send = async (): Promise<void> => {
    setState('sending');
    const nowMillis = Date.now();
    try {
      await createSilence({
        matchers: [...chosen].map((name) => ({ name, value: labels[name] ?? '', isRegex: false, isEqual: true })),
        startsAt: new Date(nowMillis).toISOString(),
        endsAt: new Date(nowMillis + hours * 3_600_000).toISOString(),
        createdBy: author.trim(),
        comment: comment.trim(),
      });
      onCreated();
    } catch (error) {
      const needsToken = error instanceof RequestFailure && error.code === 'unauthorized';
      setState(needsToken ? (state === 'token' ? 'wrong token' : 'token') : 'open');
      if (needsToken) return;
      setFailure(error instanceof Error && error.message !== '' ? error.message : t('otelier did not respond.'));
    }
  };
  return (
    <Dialog label={t('New silence')} onClose={onClose}>
      {(state === 'token' || state === 'wrong token') && (
        <TokenForm
          isWrong={state === 'wrong token'}
          onToken={(token) => {
            keepEditToken(token);
            void send();
          }}
        />
      )}
      <form
        className="al-silence"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <h2>{t('New silence')}</h2>
        <fieldset>
          <legend className="t2">{t('Alerts with these labels')}</legend>
          {Object.entries(labels).map(([name, value]) => (
            <label key={name} className="row">
              <input
                type="checkbox"
                checked={chosen.has(name)}
                onChange={() =>
                  setChosen(
                    (before) =>
                      new Set(before.has(name) ? [...before].filter((one) => one !== name) : [...before, name]),
                  )
                }
              />
              <bdi className="mono cut">{`${name}="${value}"`}</bdi>
            </label>
          ))}
        </fieldset>
        <label>
          <span className="t2">{t('Duration')}</span>
          <select className="input" value={hours} onChange={(event) => setHours(Number(event.target.value))}>
            {HOURS.map((one) => (
              <option key={one} value={one}>
                {t('{hours} h', { hours: one })}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span className="t2">{t('Your name')}</span>
          <input className="input" required value={author} onChange={(event) => setAuthor(event.target.value)} />
        </label>
        <label>
          <span className="t2">{t('Reason')}</span>
          <input className="input" required value={comment} onChange={(event) => setComment(event.target.value)} />
        </label>
        {failure !== '' && (
          <p className="err s12" role="alert">
            <bdi>{failure}</bdi>
          </p>
        )}
        <div className="row">
          <button type="submit" className="btn primary" disabled={chosen.size === 0 || state === 'sending'}>
            {t('Silence')}
          </button>
          <button type="button" className="btn" onClick={onClose}>
            {t('Cancel')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
