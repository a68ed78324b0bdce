import type { DocumentResponse } from '@otelier/query';
import { type ReactNode, useMemo, useState } from 'react';
import { useChangeSearch, usePageSearch } from '../../data/use-search.ts';
import { rich, t } from '../../locale/t.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { useKeys } from '../../shell/keys.ts';
import { usePageWindow } from '../../time/page-window.tsx';
import { shiftMillis } from '../../time/shift.ts';
import { BoardBar } from './board-bar.tsx';
import { BoardGrid } from './board-grid.tsx';
import { PanelEditor } from './edit/load-panel-editor.tsx';
import { useBoardDraft } from './edit/use-board-draft.ts';
import { ImportReport } from './import/import-report.tsx';
import type { Board, Panel } from './model/board.ts';
import { expandRepeats } from './model/repeats.ts';
import { BoardContextValue } from './panels/board-context.ts';
import { PanelFrame } from './panels/panel-frame.tsx';
import { Scoped } from './panels/scoped.tsx';
import { readChosen, repeatValues } from './variables/chosen.ts';
import { useVariables } from './variables/use-variables.ts';
import { VariableBar } from './variables/variable-bar.tsx';

/** A board with its variables and panels. */
export function BoardView({
  document,
  saved,
}: {
  readonly document: DocumentResponse;
  readonly saved: Board;
}): ReactNode {
  const search = usePageSearch();
  const change = useChangeSearch();
  const draft = useBoardDraft(document, saved);
  const { board } = draft;
  const editing = search.edit === 'board';
  const asked = useMemo(() => readChosen(search.var), [search.var]);
  const state = useVariables(board.variables, asked);
  const { startMillis, endMillis } = usePageWindow();
  const shift = shiftMillis(search.previous, endMillis - startMillis);
  const variablesKey = JSON.stringify(
    state.variables.map(({ variable, options, chosen }) => [variable, options, chosen]),
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the variables, which are new on every render
  const shared = useMemo(
    () => ({ variables: state.variables, ready: state.ready, shiftMillis: shift }),
    [variablesKey, state.ready, shift],
  );
  const [edited, setEdited] = useState<Panel | undefined>(undefined);
  const full = expandRepeats(board.panels, repeatValues(state.variables)).find(
    ({ id, kind }) => id === search.panel && kind !== 'row',
  );
  useKeys(t('Board'), [
    {
      press: 'e',
      does: t('edit the board, or stop'),
      hint: editing ? t('leave editing') : t('edit'),
      run: () => change({ edit: editing ? undefined : 'board', panel: undefined }, 'replace'),
    },
    {
      press: 'Ctrl z',
      does: t('undo'),
      ...(editing ? { hint: t('undo'), shown: ['Ctrl', 'Z'] } : {}),
      run: draft.undo,
    },
    { press: 'Ctrl s', does: t('save the board'), run: () => void draft.save() },
  ]);
  const replace = (panel: Panel): void => {
    const isNew = board.panels.every(({ id }) => id !== panel.id);
    draft.change({
      ...board,
      panels: isNew ? [...board.panels, panel] : board.panels.map((one) => (one.id === panel.id ? panel : one)),
    });
    setEdited(undefined);
  };
  return (
    <BoardContextValue value={shared}>
      <div className="bo">
        <BoardBar document={document} draft={draft} editing={editing} onAdd={setEdited} />
        <VariableBar state={state} />
        <ImportReport id={document.id} />
        {full !== undefined ? (
          <Scoped scope={full.scope}>
            <FullPanel panel={full} />
          </Scoped>
        ) : board.panels.length === 0 ? (
          <section className="pane" aria-label={t('Panels')}>
            <EmptyState title={t('The board has no panels')}>
              <p>
                {rich(
                  'Add one here with {key}, or choose {pin} at a chart of Overview, Traces, Logs, Metrics, Query or a service.',
                  { key: <kbd>A</kbd>, pin: <b>{t('Pin')}</b> },
                )}
              </p>
            </EmptyState>
          </section>
        ) : (
          <BoardGrid board={board} editing={editing} onChange={draft.change} onEdit={setEdited} />
        )}
      </div>
      {edited !== undefined && <PanelEditor panel={edited} onClose={() => setEdited(undefined)} onApply={replace} />}
    </BoardContextValue>
  );
}

/** A panel that fills the view. */
function FullPanel({ panel }: { readonly panel: Panel }): ReactNode {
  const change = useChangeSearch();
  const leave = (): void => change({ panel: undefined }, 'replace');
  useKeys(t('Panel'), [{ press: 'Escape', does: t('show the whole board'), hint: t('whole board'), run: leave }]);
  return (
    <div className="bo-full">
      <PanelFrame
        panel={panel}
        actions={
          <button type="button" className="btn small" onClick={leave}>
            {t('Whole board')}
            <kbd>Esc</kbd>
          </button>
        }
      />
    </div>
  );
}
