import { lazy, type ReactNode, Suspense, useCallback, useState } from 'react';
import { t } from '../../../locale/t.ts';
import { useKeys } from '../../../shell/keys.ts';
import type { BoardVariable } from '../model/board.ts';

const Loaded = lazy(() => import('./variable-editor.tsx').then((module) => ({ default: module.VariableEditorDialog })));

/** The button that edits variables. The code of the dialog is loaded when it is opened. */
export function EditVariables({
  variables,
  onApply,
}: {
  readonly variables: readonly BoardVariable[];
  readonly onApply: (variables: readonly BoardVariable[]) => void;
}): ReactNode {
  const [open, setOpen] = useState(false);
  const close = useCallback(() => setOpen(false), []);
  useKeys(t('Board'), [{ press: 'v', does: t('edit the variables'), hint: t('variables'), run: () => setOpen(true) }]);
  return (
    <>
      <button type="button" className="btn" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        {t('Variables')}
        <kbd>V</kbd>
      </button>
      {open && (
        <Suspense>
          <Loaded
            variables={variables}
            onClose={close}
            onApply={(next) => {
              close();
              onApply(next);
            }}
          />
        </Suspense>
      )}
    </>
  );
}
