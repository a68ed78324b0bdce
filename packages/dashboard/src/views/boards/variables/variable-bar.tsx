import { type ReactNode, useCallback, useState } from 'react';
import { useChangeSearch, usePageSearch } from '../../../data/use-search.ts';
import { plural } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';
import { Icon } from '../../../parts/icon.tsx';
import { Popover } from '../../../parts/popover.tsx';
import { usePageWindow } from '../../../time/page-window.tsx';
import { describeShift, SHIFTS } from '../../../time/shift.ts';
import { ALL, type ChosenVariable, writeChosen } from './chosen.ts';
import type { VariablesState } from './use-variables.ts';

const MAX_SHOWN = 200;

/** The variables of a board and the earlier period that it compares with. Both are in the URL. */
export function VariableBar({ state }: { readonly state: VariablesState }): ReactNode {
  const { previous } = usePageSearch();
  const change = useChangeSearch();
  const { startMillis, endMillis } = usePageWindow();
  const shown = state.variables.filter(({ variable }) => !variable.hidden);
  return (
    <section className="bo-vars bb" aria-label={t('Variables')}>
      {shown.map((one) => (
        <VariableMenu key={one.variable.name} of={one} />
      ))}
      <label className="bo-var">
        <span className="k">{t('compare with')}</span>
        <select
          value={previous ?? ''}
          onChange={(event) => change({ previous: event.target.value === '' ? undefined : event.target.value })}
        >
          <option value="">{t('nothing')}</option>
          {SHIFTS.map((shift) => (
            <option key={shift} value={shift}>
              {describeShift(shift, endMillis - startMillis)}
            </option>
          ))}
        </select>
        <Icon name="down" />
      </label>
      {previous !== undefined && (
        <span className="legend">
          <span>
            <i className="bo-now" />
            {t('now')}
          </span>
          <span>
            <i className="bo-before" />
            {t('before')}
          </span>
        </span>
      )}
      {state.failures.map((failure) => (
        <span key={failure} className="err s11 cut" role="status">
          {failure}
        </span>
      ))}
    </section>
  );
}

function VariableMenu({ of: { variable, options, chosen } }: { readonly of: ChosenVariable }): ReactNode {
  const { var: items } = usePageSearch();
  const change = useChangeSearch();
  const [open, setOpen] = useState(false);
  const [wanted, setWanted] = useState('');
  const close = useCallback(() => setOpen(false), []);
  const choose = (values: readonly string[]): void => change({ var: writeChosen(items, variable.name, values) });
  const listed = [...(variable.all ? [ALL] : []), ...(options ?? [])];
  const found = listed.filter((value) => nameOf(value).toLowerCase().includes(wanted.trim().toLowerCase()));
  const toggle = (value: string): void => {
    if (!variable.multi || value === ALL) {
      choose([value]);
      close();
      return;
    }
    const others = chosen.filter((one) => one !== ALL && one !== value);
    choose(chosen.includes(value) && others.length > 0 ? others : [...others, value]);
  };
  const names = chosen.map(nameOf);
  const text = variable.source.from === 'text';
  return (
    <span className="anchor">
      <button
        type="button"
        className="bo-var"
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => {
          setWanted(text ? (chosen[0] ?? '') : '');
          setOpen(!open);
        }}
      >
        <span className="k">{variable.label}</span>
        <span className="mono cut">
          {names.length > 3 ? `${names.slice(0, 2).join(', ')} +${names.length - 2}` : names.join(', ') || t('none')}
        </span>
        <Icon name="down" />
      </button>
      {open && (
        <Popover label={t('Values of {label}', { label: variable.label })} onClose={close}>
          <form
            className="menu bo-values"
            onSubmit={(event) => {
              event.preventDefault();
              const [first] = found;
              if (text) choose([wanted]);
              else if (first !== undefined) choose([first]);
              close();
            }}
          >
            <input
              className="input"
              type="text"
              aria-label={
                text
                  ? t('Value of {label}', { label: variable.label })
                  : t('Find a value of {label}', { label: variable.label })
              }
              placeholder={text ? t('Value') : t('Find among {things}', { things: plural(listed.length, 'value') })}
              value={wanted}
              onChange={(event) => setWanted(event.target.value)}
            />
            {found.slice(0, MAX_SHOWN).map((value) => (
              <button
                key={value}
                type="button"
                className="option mono"
                aria-pressed={chosen.includes(value)}
                onClick={() => toggle(value)}
              >
                {variable.multi && <span className="bo-check">{chosen.includes(value) && <Icon name="check" />}</span>}
                <span className="cut">{nameOf(value)}</span>
              </button>
            ))}
            {!text && options !== undefined && found.length === 0 && (
              <span className="groupname">
                {listed.length === 0 ? t('The store has no values in this range.') : t('No value contains this.')}
              </span>
            )}
            {found.length > MAX_SHOWN && (
              <span className="groupname">{plural(found.length - MAX_SHOWN, 'more value')}</span>
            )}
          </form>
        </Popover>
      )}
    </span>
  );
}

function nameOf(value: string): string {
  return value === ALL ? t('All') : value === '' ? t('(empty)') : value;
}
