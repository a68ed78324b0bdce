import { type ReactNode, useCallback, useState } from 'react';
import { Icon } from '../../../parts/icon.tsx';
import { Popover } from '../../../parts/popover.tsx';
import { languageOf } from '../../../query/languages.ts';
import { useKeys } from '../../../shell/keys.ts';
import { newPanelId, type Panel, type PanelContent, queryPanel } from '../model/board.ts';
import { placeBelow } from '../model/layout.ts';

const example = (id: 'promql' | 'logql' | 'traceql' | 'sql') => [{ text: languageOf(id).example }];

/** What a new panel can be. */
const KINDS: readonly {
  readonly title: string;
  readonly note: string;
  readonly content: PanelContent;
  readonly h?: number;
  readonly w?: number;
}[] = [
  { title: 'Metrics', note: 'PromQL', content: queryPanel({ language: 'promql', queries: example('promql') }) },
  { title: 'Table or chart', note: 'SQL', content: queryPanel({ language: 'sql', queries: example('sql') }) },
  {
    title: 'Logs',
    note: 'LogQL',
    content: queryPanel({ language: 'logql', queries: example('logql'), shape: 'list' }),
  },
  {
    title: 'Traces',
    note: 'TraceQL',
    content: queryPanel({ language: 'traceql', queries: example('traceql'), shape: 'list' }),
  },
  { title: 'Requests', note: 'and errors per second', content: { kind: 'requests', where: [] } },
  { title: 'Durations', note: 'as a heat map', content: { kind: 'durations', where: [] } },
  { title: 'Log records', note: 'by severity', content: { kind: 'logs', where: [], text: '' } },
  { title: 'Text', note: 'Markdown', content: { kind: 'text', text: '' }, w: 4, h: 4 },
  { title: 'Row', note: 'a heading', content: { kind: 'row', collapsed: false }, w: 12, h: 1 },
];

/** A menu of panels to add. */
export function AddPanel({
  panels,
  onAdd,
}: {
  readonly panels: readonly Panel[];
  readonly onAdd: (panel: Panel) => void;
}): ReactNode {
  const [open, setOpen] = useState(false);
  const close = useCallback(() => setOpen(false), []);
  useKeys('Board', [{ press: 'a', does: 'add a panel', hint: 'add panel', run: () => setOpen(true) }]);
  return (
    <span className="anchor">
      <button type="button" className="btn" aria-haspopup="dialog" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="plus" />
        Add panel<kbd>A</kbd>
      </button>
      {open && (
        <Popover label="Add a panel" align="right" onClose={close}>
          <div className="menu">
            {KINDS.map(({ title, note, content, w = 6, h = 7 }) => (
              <button
                key={title}
                type="button"
                className="option"
                onClick={() => {
                  close();
                  onAdd({ id: newPanelId(panels), title: '', place: placeBelow(panels, w, h), ...content });
                }}
              >
                {title}
                <span className="push t3 s11">{note}</span>
              </button>
            ))}
          </div>
        </Popover>
      )}
    </span>
  );
}
