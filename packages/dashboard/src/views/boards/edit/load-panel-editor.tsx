import { lazy, type ReactNode, Suspense } from 'react';
import type { Panel } from '../model/board.ts';

const Loaded = lazy(() => import('./panel-editor.tsx').then((module) => ({ default: module.PanelEditorDialog })));

/** The editor of a panel, whose code is loaded when it is opened. */
export function PanelEditor(props: {
  readonly panel: Panel;
  readonly onClose: () => void;
  readonly onApply: (panel: Panel) => void;
}): ReactNode {
  return (
    <Suspense>
      <Loaded {...props} />
    </Suspense>
  );
}
