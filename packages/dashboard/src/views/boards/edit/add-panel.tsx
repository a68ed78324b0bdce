import { type ReactNode, useCallback, useState } from 'react';
import { msg, t } from '../../../locale/t.ts';
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
  { title: msg('Metrics'), note: 'PromQL', content: queryPanel({ language: 'promql', queries: example('promql') }) },
  { title: msg('Table or chart'), note: 'SQL', content: queryPanel({ language: 'sql', queries: example('sql') }) },
  {
    title: msg('Logs'),
    note: 'LogQL',
    content: queryPanel({ language: 'logql', queries: example('logql'), shape: 'list' }),
  },
  {
    title: msg('Traces'),
    note: 'TraceQL',
    content: queryPanel({ language: 'traceql', queries: example('traceql'), shape: 'list' }),
  },
  { title: msg('Requests'), note: msg('and errors per second'), content: { kind: 'requests', where: [] } },
  { title: msg('Durations'), note: msg('as a heat map'), content: { kind: 'durations', where: [] } },
  {
    title: msg('Strip of requests'),
    note: msg('rate, errors and p95'),
    content: { kind: 'red', where: [] },
    w: 12,
    h: 4,
  },
  { title: msg('Log records'), note: msg('by severity'), content: { kind: 'logs', where: [], text: '' } },
  { title: msg('Log patterns'), note: msg('with their trend'), content: { kind: 'patterns', where: [], text: '' } },
  { title: msg('Text'), note: msg('Markdown'), content: { kind: 'text', text: '' }, w: 4, h: 4 },
  { title: msg('Row'), note: msg('a heading'), content: { kind: 'row', collapsed: false }, w: 12, h: 1 },
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
  useKeys(t('Board'), [{ press: 'a', does: t('add a panel'), hint: t('add panel'), run: () => setOpen(true) }]);
  return (
    <span className="anchor">
      <button type="button" className="btn" aria-haspopup="dialog" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="plus" />
        {t('Add panel')}
        <kbd>A</kbd>
      </button>
      {open && (
        <Popover label={t('Add a panel')} align="right" onClose={close}>
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
                {t(title)}
                <span className="push t3 s11">{t(note)}</span>
              </button>
            ))}
          </div>
        </Popover>
      )}
    </span>
  );
}
