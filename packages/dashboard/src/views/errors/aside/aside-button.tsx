import type { ErrorCause } from '@otelier/query';
import { type ReactNode, useCallback, useState } from 'react';
import { msg, t } from '../../../locale/t.ts';
import { Popover } from '../../../parts/popover.tsx';
import { useKeys } from '../../../shell/keys.ts';
import type { Aside, AsideState } from './aside.ts';

const CHOICES: readonly { readonly state: AsideState; readonly label: string; readonly note: string }[] = [
  { state: 'resolved', label: msg('Resolved'), note: msg('until it occurs again') },
  {
    state: 'next-version',
    label: msg('Resolved in the next version'),
    note: msg('until it occurs in another version'),
  },
  { state: 'ignored', label: msg('Ignored'), note: msg('until you list it again') },
];

/** A button that sets an error aside, or lists it again. */
export function AsideButton({
  cause,
  aside,
  isAside,
  onSet,
}: {
  readonly cause: ErrorCause;
  readonly aside: Aside | undefined;
  readonly isAside: boolean;
  readonly onSet: (state: AsideState | undefined) => Promise<void>;
}): ReactNode {
  const [open, setOpen] = useState(false);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const close = useCallback(() => setOpen(false), []);
  const set = async (state: AsideState | undefined): Promise<void> => {
    setOpen(false);
    try {
      await onSet(state);
      setProblem(undefined);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const press = (): void => {
    if (isAside) void set(undefined);
    else setOpen(!open);
  };
  useKeys(t('View'), [
    {
      press: 's',
      does: isAside ? t('list the error again') : t('set the error aside'),
      hint: isAside ? t('list again') : t('set aside'),
      run: press,
    },
  ]);
  // Without versions, there is no next one.
  const choices = CHOICES.filter(({ state }) => state !== 'next-version' || cause.versions.length > 0);
  return (
    <span className="anchor">
      <button
        type="button"
        className="btn small"
        aria-haspopup={isAside ? undefined : 'dialog'}
        aria-expanded={isAside ? undefined : open}
        onClick={press}
      >
        {isAside ? t('List again') : t('Set aside')}
        <kbd>S</kbd>
      </button>
      {open && (
        <Popover label={t('Set the error aside')} align="right" onClose={close} className="menu er-asides">
          {choices.map(({ state, label, note }) => (
            <button
              key={state}
              type="button"
              className="option"
              aria-pressed={aside?.state === state}
              onClick={() => void set(state)}
            >
              {t(label)}
              <span className="t3 push">{t(note)}</span>
            </button>
          ))}
        </Popover>
      )}
      {problem !== undefined && (
        <span className="err s12" role="alert">
          {problem}
        </span>
      )}
    </span>
  );
}
