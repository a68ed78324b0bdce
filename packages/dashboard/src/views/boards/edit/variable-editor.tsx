import { type ReactNode, useState } from 'react';
import { msg, rich, t } from '../../../locale/t.ts';
import { Dialog } from '../../../parts/dialog.tsx';
import { Icon } from '../../../parts/icon.tsx';
import type { BoardVariable, VariableSource } from '../model/board.ts';
import { VARIABLE_NAME } from '../model/read-board.ts';

type From = VariableSource['from'];

const SOURCES: readonly (readonly [from: From, text: string, hint: string])[] = [
  ['metrics', msg('a label of metrics'), 'job'],
  ['logs', msg('a label of logs'), 'service_name'],
  ['spans', msg('a field of spans'), 'service'],
  ['list', msg('a list'), 'production, staging'],
  ['text', msg('what is typed'), ''],
];
const MAX_VARIABLES = 50;
const NEW_NAME = 'service';
const NEW: BoardVariable = {
  name: NEW_NAME,
  label: NEW_NAME,
  source: { from: 'spans', label: NEW_NAME },
  multi: true,
  all: true,
  value: [],
  hidden: false,
};

/** The dialog in which the variables of a board are edited. */
export function VariableEditorDialog({
  variables,
  onClose,
  onApply,
}: {
  readonly variables: readonly BoardVariable[];
  readonly onClose: () => void;
  readonly onApply: (variables: readonly BoardVariable[]) => void;
}): ReactNode {
  const [draft, setDraft] = useState(variables);
  const problem = problemOf(draft);
  const replace = (at: number, next: BoardVariable): void =>
    setDraft(draft.map((variable, index) => (index === at ? next : variable)));
  return (
    <Dialog label={t('Edit the variables')} onClose={onClose}>
      <form
        className="bo-editor"
        onSubmit={(event) => {
          event.preventDefault();
          if (problem === undefined) onApply(draft);
        }}
      >
        {draft.length === 0 && (
          <p className="t2">
            {rich('A variable stands above the panels. {name} in a query or condition is replaced by what is chosen.', {
              name: <span className="mono">$name</span>,
            })}
          </p>
        )}
        {draft.map((variable, at) => (
          <VariableFields
            key={at}
            variable={variable}
            onChange={(next) => replace(at, next)}
            onRemove={() => setDraft(draft.filter((_, index) => index !== at))}
          />
        ))}
        {problem !== undefined && (
          <p className="err" role="alert">
            {problem}
          </p>
        )}
        <span className="row">
          <button type="submit" className="btn primary" disabled={problem !== undefined}>
            {t('Apply')}
          </button>
          <button type="button" className="btn" onClick={onClose}>
            {t('Cancel')}
          </button>
          <button
            type="button"
            className="btn push"
            disabled={draft.length >= MAX_VARIABLES}
            onClick={() => setDraft([...draft, { ...NEW, ...unusedName(draft) }])}
          >
            <Icon name="plus" />
            {t('Add a variable')}
          </button>
        </span>
      </form>
    </Dialog>
  );
}

function VariableFields({
  variable,
  onChange,
  onRemove,
}: {
  readonly variable: BoardVariable;
  readonly onChange: (variable: BoardVariable) => void;
  readonly onRemove: () => void;
}): ReactNode {
  const { name, source } = variable;
  const hint = SOURCES.find(([from]) => from === source.from)?.[2];
  return (
    <fieldset className="bo-variable" aria-label={t('Variable {name}', { name })}>
      <label>
        {t('Name')}
        <input
          className="input"
          type="text"
          maxLength={60}
          value={name}
          onChange={(event) => onChange({ ...variable, name: event.target.value, label: event.target.value })}
        />
      </label>
      <label>
        {t('Values from')}
        <select
          className="input"
          value={source.from}
          onChange={(event) => onChange({ ...variable, source: sourceOf(event.target.value as From), value: [] })}
        >
          {SOURCES.map(([from, text]) => (
            <option key={from} value={from}>
              {t(text)}
            </option>
          ))}
        </select>
      </label>
      {source.from !== 'text' && (
        <label>
          {source.from === 'list' ? t('Values') : source.from === 'spans' ? t('Field') : t('Label')}
          <input
            className="input"
            type="text"
            placeholder={hint}
            value={source.from === 'list' ? source.values.join(', ') : source.label}
            onChange={(event) => onChange({ ...variable, source: withText(source, event.target.value) })}
          />
        </label>
      )}
      {(source.from === 'metrics' || source.from === 'logs') && (
        <label>
          {t('Only of')}
          <input
            className="input"
            type="text"
            placeholder={source.from === 'metrics' ? 'up{job="$job"}' : '{app="x"}'}
            value={source.match ?? ''}
            onChange={(event) =>
              onChange({
                ...variable,
                source: { ...source, match: event.target.value === '' ? undefined : event.target.value },
              })
            }
          />
        </label>
      )}
      {source.from !== 'text' && (
        <span className="row">
          <label className="row">
            <input
              type="checkbox"
              checked={variable.multi}
              onChange={(event) => onChange({ ...variable, multi: event.target.checked })}
            />
            {t('several')}
          </label>
          <label className="row">
            <input
              type="checkbox"
              checked={variable.all}
              onChange={(event) => onChange({ ...variable, all: event.target.checked })}
            />
            {t('all')}
          </label>
        </span>
      )}
      <button
        type="button"
        className="btn small bare icononly"
        aria-label={t('Remove {name}', { name })}
        onClick={onRemove}
      >
        <Icon name="close" />
      </button>
    </fieldset>
  );
}

function sourceOf(from: From): VariableSource {
  switch (from) {
    case 'list':
      return { from, values: [] };
    case 'text':
      return { from };
    default:
      return { from, label: SOURCES.find(([one]) => one === from)?.[2] ?? '' };
  }
}

function withText(source: Exclude<VariableSource, { from: 'text' }>, text: string): VariableSource {
  if (source.from !== 'list') return { ...source, label: text };
  // A space after the last comma stays, so that the next value can be typed.
  return {
    from: 'list',
    values: text.split(',').map((part, at) => (at === 0 ? part.trimStart() : part.replace(/^ /, ''))),
  };
}

function unusedName(variables: readonly BoardVariable[]): Pick<BoardVariable, 'name' | 'label'> {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? NEW.name : `${NEW.name}_${number}`;
    if (variables.every((variable) => variable.name !== name)) return { name, label: name };
  }
}

/** Returns why the variables cannot be applied. */
function problemOf(variables: readonly BoardVariable[]): string | undefined {
  for (const [at, { name, source }] of variables.entries()) {
    if (!VARIABLE_NAME.test(name))
      return t('{name}: expected letters, digits and underscores, first a letter', { name: name || t('Name') });
    if (variables.findIndex((other) => other.name === name) !== at)
      return t('Two variables have the name {name}', { name });
    if ('label' in source && source.label.trim() === '') return t('{name}: expected a label or field', { name });
  }
  return undefined;
}
