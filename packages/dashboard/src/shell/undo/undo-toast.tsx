import { type ReactNode, useEffect, useState } from 'react';
import { type Undoable, withdrawUndo } from '../../data/documents/undo.ts';
import { t } from '../../locale/t.ts';
import { Icon } from '../../parts/icon.tsx';
import { useKeys } from '../keys.ts';
import './undo.css';

/** How long an action can be undone while neither the pointer nor the focus is on the offer. */
const SHOWN_MILLIS = 12_000;

/** Offers to undo the latest action that removed something. */
export function UndoToast({ action }: { readonly action: Undoable }): ReactNode {
  const [isHeld, setHeld] = useState(false);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  useEffect(() => {
    if (isHeld || problem !== undefined) return;
    const timer = setTimeout(() => withdrawUndo(action), SHOWN_MILLIS);
    return () => clearTimeout(timer);
  }, [action, isHeld, problem]);
  const undo = async (): Promise<void> => {
    try {
      await action.undo();
      withdrawUndo(action);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  useKeys(t('Page'), [{ press: 'u', does: t('undo'), hint: t('undo'), run: () => void undo() }]);
  return (
    <div
      className="toast"
      role="status"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span className={`cut ${problem === undefined ? '' : 'err'}`}>{problem ?? action.text}</span>
      <button type="button" className="btn small" onClick={() => void undo()}>
        {t('Undo')}
        <kbd>U</kbd>
      </button>
      <button
        type="button"
        className="btn small bare icononly"
        aria-label={t('Close')}
        onClick={() => withdrawUndo(action)}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
