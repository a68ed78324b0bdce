import { lazy, type ReactNode, Suspense, useCallback, useState } from 'react';
import { t } from '../../../locale/t.ts';
import { Icon } from '../../../parts/icon.tsx';
import { Popover } from '../../../parts/popover.tsx';
import { useKeys } from '../../../shell/keys.ts';
import type { PanelContent } from '../model/board.ts';

const PinForm = lazy(() => import('./pin-form.tsx').then((module) => ({ default: module.PinForm })));

/** A button that puts a chart on a board. The key `p` presses the one that `hasKey`. */
export function PinButton({
  title,
  content,
  hasKey = false,
}: {
  /** Title of the chart. */
  readonly title: string;
  readonly content: PanelContent;
  readonly hasKey?: boolean;
}): ReactNode {
  const [open, setOpen] = useState(false);
  const close = useCallback(() => setOpen(false), []);
  useKeys(
    t('View'),
    hasKey
      ? [{ press: 'p', does: t('pin the chart to a board'), hint: t('pin to board'), run: () => setOpen(true) }]
      : [],
  );
  return (
    <span className="anchor">
      <button
        type="button"
        className={`btn small ${hasKey ? '' : 'bare icononly'}`}
        aria-label={hasKey ? undefined : t('Pin {title} to a board', { title })}
        title={t('Pin to a board')}
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="pin" />
        {hasKey && (
          <>
            {t('Pin')}
            <span className="unseen"> {t('{title} to a board', { title })}</span>
            <kbd>P</kbd>
          </>
        )}
      </button>
      {open && (
        <Popover label={t('Pin to a board')} align="right" onClose={close}>
          <Suspense>
            <PinForm title={title} content={content} />
          </Suspense>
        </Popover>
      )}
    </span>
  );
}
