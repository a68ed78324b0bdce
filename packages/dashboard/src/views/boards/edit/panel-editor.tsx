import { type ReactNode, useState } from 'react';
import { CodeEditor } from '../../../editor/code-editor.tsx';
import { msg, rich, t } from '../../../locale/t.ts';
import { Dialog } from '../../../parts/dialog.tsx';
import { Icon } from '../../../parts/icon.tsx';
import { LANGUAGES, type Language, languageOf } from '../../../query/languages.ts';
import { usePageWindow } from '../../../time/page-window.tsx';
import { type Panel, type QueryPanel, REDUCERS, SHAPES, type Shape } from '../model/board.ts';
import { useBoardContext } from '../panels/board-context.ts';
import { readThresholds, thresholdsText } from './thresholds-text.ts';

/** What may be written into the fields. */
const EXAMPLES = {
  condition: 'service = payment',
  units: 's, By, %, By/s',
  thresholds: 'warn 0.5, error 1',
  legend: '{{service_name}}',
} as const;

const SHAPE_NAMES: Readonly<Record<Shape, string>> = {
  lines: msg('Lines'),
  stacked: msg('Stacked areas'),
  bars: msg('Stacked bars'),
  heat: msg('Heat map'),
  stat: msg('Number'),
  gauge: msg('Gauge'),
  table: msg('Table'),
  list: msg('List'),
};

/** The dialog in which a panel is edited. */
export function PanelEditorDialog({
  panel,
  onClose,
  onApply,
}: {
  readonly panel: Panel;
  readonly onClose: () => void;
  readonly onApply: (panel: Panel) => void;
}): ReactNode {
  const [draft, setDraft] = useState(panel);
  const apply = (): void =>
    onApply('where' in draft ? { ...draft, where: draft.where.filter((line) => line.trim() !== '') } : draft);
  return (
    <Dialog label={t('Edit the panel')} onClose={onClose}>
      <form
        className="bo-editor"
        onSubmit={(event) => {
          event.preventDefault();
          apply();
        }}
      >
        <label>
          {t('Title')}
          <input
            className="input"
            type="text"
            maxLength={200}
            value={draft.title}
            onChange={(event) => setDraft({ ...draft, title: event.target.value })}
          />
        </label>
        <Repeat panel={draft} onChange={setDraft} />
        <Content panel={draft} onChange={setDraft} onRun={apply} />
        <span className="row">
          <button type="submit" className="btn primary">
            {t('Apply')}
          </button>
          <button type="button" className="btn" onClick={onClose}>
            {t('Cancel')}
          </button>
        </span>
      </form>
    </Dialog>
  );
}

/** The variable for whose values the panel is repeated. */
function Repeat({ panel, onChange }: { readonly panel: Panel; readonly onChange: (panel: Panel) => void }): ReactNode {
  const { variables } = useBoardContext();
  if (variables.length === 0 && panel.repeat === undefined) return null;
  return (
    <label>
      {t('Repeat for each value of')}
      <select
        className="input"
        value={panel.repeat?.variable ?? ''}
        onChange={({ target: { value } }) => {
          const direction = panel.kind === 'row' ? 'down' : 'right';
          const { repeat = { direction, perRow: 4 }, ...rest } = panel;
          onChange(value === '' ? rest : { ...rest, repeat: { ...repeat, variable: value } });
        }}
      >
        <option value="">{t('no variable')}</option>
        {[...new Set([...variables.map(({ variable }) => variable.name), panel.repeat?.variable ?? ''])]
          .filter((name) => name !== '')
          .map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
      </select>
    </label>
  );
}

function Content({
  panel,
  onChange,
  onRun,
}: {
  readonly panel: Panel;
  readonly onChange: (panel: Panel) => void;
  readonly onRun: () => void;
}): ReactNode {
  switch (panel.kind) {
    case 'query':
      return <Queries panel={panel} onChange={(next) => onChange({ ...panel, ...next })} onRun={onRun} />;
    case 'requests':
    case 'durations':
    case 'red':
    case 'logs':
    case 'patterns':
      return (
        <>
          <label>
            {t('Conditions, one per line')}
            <textarea
              className="input"
              rows={3}
              spellCheck={false}
              placeholder={EXAMPLES.condition}
              value={panel.where.join('\n')}
              onChange={(event) => onChange({ ...panel, where: linesOf(event.target.value) })}
            />
          </label>
          {'text' in panel && (
            <label>
              {t('Text')}
              <input
                className="input"
                type="text"
                value={panel.text}
                onChange={(event) => onChange({ ...panel, text: event.target.value })}
              />
            </label>
          )}
        </>
      );
    case 'text':
      return (
        <label>
          {t('Text, in Markdown')}
          <textarea
            className="input"
            rows={10}
            value={panel.text}
            onChange={(event) => onChange({ ...panel, text: event.target.value })}
          />
        </label>
      );
    case 'row':
      return null;
  }
}

function Queries({
  panel,
  onChange,
  onRun,
}: {
  readonly panel: QueryPanel;
  readonly onChange: (change: Partial<QueryPanel>) => void;
  readonly onRun: () => void;
}): ReactNode {
  const range = usePageWindow();
  const { language, queries } = panel;
  const [limits, setLimits] = useState(thresholdsText(panel.thresholds));
  const replace = (at: number, change: Partial<QueryPanel['queries'][number]>): void =>
    onChange({ queries: queries.map((query, index) => (index === at ? { ...query, ...change } : query)) });
  return (
    <>
      <div className="bo-fields">
        <label>
          {t('Language')}
          <select
            className="input"
            value={language}
            onChange={(event) => {
              const next = event.target.value as Language;
              // A query has no meaning in another language.
              onChange({ language: next, queries: [{ text: languageOf(next).example }] });
            }}
          >
            {LANGUAGES.map(({ id, title }) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t('Form')}
          <select
            className="input"
            value={panel.shape}
            onChange={(event) => onChange({ shape: event.target.value as Shape })}
          >
            {SHAPES.map((shape) => (
              <option key={shape} value={shape}>
                {t(SHAPE_NAMES[shape])}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t('Unit')}
          <input
            className="input"
            type="text"
            maxLength={40}
            placeholder={EXAMPLES.units}
            value={panel.unit}
            onChange={(event) => onChange({ unit: event.target.value })}
          />
        </label>
        <label>
          {t('Number of a series')}
          <select
            className="input"
            value={panel.reduce}
            onChange={(event) => onChange({ reduce: event.target.value as QueryPanel['reduce'] })}
          >
            {REDUCERS.map((reducer) => (
              <option key={reducer} value={reducer}>
                {reducer}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t('Thresholds')}
          <input
            className="input"
            type="text"
            placeholder={EXAMPLES.thresholds}
            value={limits}
            onChange={(event) => {
              setLimits(event.target.value);
              const thresholds = readThresholds(event.target.value);
              if (thresholds !== undefined) onChange({ thresholds, limits: thresholds.length > 0 });
            }}
          />
        </label>
      </div>
      {readThresholds(limits) === undefined && (
        <p className="err" role="alert">
          {rich('Thresholds: expected levels and numbers, such as {example}.', {
            example: <span className="mono">{EXAMPLES.thresholds}</span>,
          })}
        </p>
      )}
      {queries.map((query, at) => (
        <div key={at} className="bo-query">
          <CodeEditor
            label={t('{title} query {letter}', {
              title: languageOf(language).title,
              letter: String.fromCharCode(65 + at),
            })}
            language={language}
            value={query.text}
            onChange={(text) => replace(at, { text })}
            onRun={onRun}
            range={range}
          />
          <span className="row">
            <input
              className="input"
              type="text"
              aria-label={t('Legend of query {letter}', { letter: String.fromCharCode(65 + at) })}
              placeholder={EXAMPLES.legend}
              value={query.legend ?? ''}
              onChange={(event) => replace(at, { legend: event.target.value === '' ? undefined : event.target.value })}
            />
            {queries.length > 1 && (
              <button
                type="button"
                className="btn small bare icononly"
                aria-label={t('Remove query {letter}', { letter: String.fromCharCode(65 + at) })}
                onClick={() => onChange({ queries: queries.filter((_, index) => index !== at) })}
              >
                <Icon name="close" />
              </button>
            )}
          </span>
        </div>
      ))}
      {queries.length < 26 && (
        <button
          type="button"
          className="btn small bare"
          onClick={() => onChange({ queries: [...queries, { text: '' }] })}
        >
          <Icon name="plus" />
          {t('Add a query')}
        </button>
      )}
    </>
  );
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line, index, all) => line.trim() !== '' || index === all.length - 1);
}
