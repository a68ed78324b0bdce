import { type ReactNode, useRef, useState } from 'react';
import { formatNumber, plural } from '../../../format/number.ts';
import { formatAge, formatDay, formatMinute } from '../../../format/time.ts';
import { t } from '../../../locale/t.ts';
import { CopyButton } from '../../../parts/copy-button.tsx';
import { Dialog } from '../../../parts/dialog.tsx';
import { ScrollRegion } from '../../../parts/scroll/scroll-region.tsx';
import { usePageWindow } from '../../../time/page-window.tsx';
import { type RuleTrial, tryRules } from '../alerting-api.ts';

type TriedRule = RuleTrial['rules'][number];

/** Number of firings of a rule that are listed. */
const MAX_ROWS = 100;

/** A rule that can be edited, and tried in the range of the page. It changes no configuration. */
export function RuleTrialForm({ text, onClose }: { readonly text: string; readonly onClose: () => void }): ReactNode {
  const { startMillis, endMillis } = usePageWindow();
  const [typed, setTyped] = useState(text);
  const [trial, setTrial] = useState<RuleTrial | undefined>();
  const [failure, setFailure] = useState('');
  const running = useRef<AbortController | undefined>(undefined);
  const [isRunning, setRunning] = useState(false);
  const close = (): void => {
    running.current?.abort();
    onClose();
  };
  const run = async (): Promise<void> => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    setRunning(true);
    setFailure('');
    try {
      setTrial(await tryRules({ rules: typed, start: startMillis, end: endMillis }, controller.signal));
    } catch (error) {
      if (controller.signal.aborted) return;
      setTrial(undefined);
      setFailure(error instanceof Error && error.message !== '' ? error.message : t('otelier did not respond.'));
    }
    setRunning(false);
  };
  return (
    <Dialog label={t('Test a rule on the past')} onClose={close}>
      <form
        className="al-silence al-trial"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <h2>{t('Test a rule on the past')}</h2>
        <label>
          <span className="t2">{t('Rule, as in a rule file')}</span>
          <textarea
            className="input mono"
            rows={11}
            spellCheck={false}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
              event.preventDefault();
              void run();
            }}
          />
        </label>
        <div className="row">
          <button type="submit" className="btn primary" disabled={isRunning || typed.trim() === ''}>
            {t('Test')}
          </button>
          <CopyButton text={typed} label={t('Copy the rule')} />
          <button type="button" className="btn" onClick={close}>
            {t('Close')}
          </button>
          <span className="t3 s12">
            {isRunning
              ? t('Evaluating')
              : `${formatDay(startMillis)} ${formatMinute(startMillis)} – ${formatDay(endMillis)} ${formatMinute(endMillis)}`}
          </span>
        </div>
        {failure !== '' && (
          <p className="err s12 al-trial-error" role="alert">
            <bdi>{failure}</bdi>
          </p>
        )}
        {trial !== undefined && (
          <ScrollRegion label={t('Result')}>
            {trial.rules.map((rule, index) => (
              <TrialResult key={index} rule={rule} trial={trial} />
            ))}
          </ScrollRegion>
        )}
      </form>
    </Dialog>
  );
}

function TrialResult({ rule, trial }: { readonly rule: TriedRule; readonly trial: RuleTrial }): ReactNode {
  const { name, error, firings, firingCount, pendingCount, series } = rule;
  return (
    <section aria-label={name}>
      <p className="s12" role="status">
        <strong>
          <bdi>{name}</bdi>
        </strong>{' '}
        {t('would have fired {times}, and was pending {others} without firing', {
          times: plural(firingCount, 'time'),
          others: plural(pendingCount, 'time'),
        })}
        <span className="t3">
          {' '}
          {t('{evaluations} every {step}, {series}', {
            evaluations: plural(trial.evaluations, 'evaluation'),
            step: formatAge(trial.stepMillis),
            series: plural(series, 'series', 'series'),
          })}
        </span>
      </p>
      {error !== undefined && (
        <p className="err s12 al-trial-error" role="alert">
          <bdi>{error}</bdi>
        </p>
      )}
      {firings.length > 0 && (
        <table>
          <colgroup>
            <col style={{ width: 116 }} />
            <col style={{ width: 84 }} />
            <col style={{ width: 84 }} />
            <col />
          </colgroup>
          <thead>
            <tr>
              <th>{t('From')}</th>
              <th className="num">{t('Duration')}</th>
              <th className="num">{t('Value')}</th>
              <th>{t('Labels')}</th>
            </tr>
          </thead>
          <tbody>
            {firings.slice(0, MAX_ROWS).map(({ labels, firedAtMillis, resolvedAtMillis = trial.endMillis, value }) => (
              <tr key={`${firedAtMillis} ${JSON.stringify(labels)}`}>
                <td className="mono nowrap">{`${formatDay(firedAtMillis)} ${formatMinute(firedAtMillis)}`}</td>
                <td className="num">{formatAge(resolvedAtMillis - firedAtMillis)}</td>
                <td className="num">{formatNumber(value)}</td>
                <td className="mono cut">
                  <bdi>
                    {Object.entries(labels)
                      .filter(([label]) => label !== 'alertname')
                      .map(([label, of]) => `${label}="${of}"`)
                      .join(' ')}
                  </bdi>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
