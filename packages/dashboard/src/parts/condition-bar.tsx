import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react';
import { describeCondition } from '../data/conditions.ts';
import { parseSearchText, type SearchText } from '../data/search-text/search-text.ts';
import { useChangeSearch, usePageSearch } from '../data/use-search.ts';
import { useSuggestions } from '../data/use-suggestions.ts';
import { rich, t } from '../locale/t.ts';
import { useKeys } from '../shell/keys.ts';
import './condition-bar.css';
import { Icon } from './icon.tsx';
import { SavedSearches } from './saved/saved-searches.tsx';

const MAX_SUGGESTIONS = 8;
const UNFINISHED = /^\S+ (=|!=|>|<|>=|<=|~|!~|contains)? ?$/;

/** The query as chips: conditions, all of which must match, and free text. Its state is in the URL. */
export function ConditionBar({
  label,
  signal,
  chips = [],
  children,
}: {
  readonly label: string;
  readonly signal: 'traces' | 'logs';
  /** Additional chips for other URL parameters. */
  readonly chips?: readonly ChipProps[];
  readonly children?: ReactNode;
}): ReactNode {
  const { where = [], text } = usePageSearch();
  const change = useChangeSearch();
  const [typed, setTyped] = useState('');
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const list = useId();
  const [problem, setProblem] = useState<(SearchText & { readonly kind: 'problem' }) | undefined>(undefined);
  const suggestions = useSuggestions(signal, typed);
  const shown = open && problem === undefined ? suggestions.shown.slice(0, MAX_SUGGESTIONS) : [];
  useKeys(t('View'), [{ press: '/', does: t('search'), hint: t('search'), run: () => input.current?.focus() }]);

  const clear = (): void => {
    setProblem(undefined);
    setTyped('');
    setActive(-1);
  };
  const take = (value: string): void => {
    // A completed field name still needs a value.
    if (UNFINISHED.test(value) && value !== typed) {
      setTyped(value);
      return;
    }
    const parsed = parseSearchText(value, suggestions.fields);
    if (parsed.kind === 'problem') {
      setProblem(parsed);
      input.current?.setSelectionRange(parsed.at, parsed.at);
      return;
    }
    if (parsed.kind === 'text') change({ text: parsed.text === '' ? text : parsed.text, record: undefined });
    else
      change({
        where: [...where.filter((one) => !parsed.conditions.includes(one)), ...parsed.conditions],
        record: undefined,
      });
    clear();
  };
  const remove = (index: number): void => change({ where: where.filter((_, at) => at !== index), record: undefined });
  const removeLast = (): void => {
    if (text !== undefined) change({ text: undefined });
    else if (where.length > 0) remove(where.length - 1);
  };
  const move = (step: 1 | -1): void => setActive(((active + 1 + step + shown.length + 1) % (shown.length + 1)) - 1);
  const keys = new Map<string, (event: KeyboardEvent<HTMLInputElement>) => void>([
    ['ArrowDown', () => move(1)],
    ['ArrowUp', () => move(-1)],
    ['Enter', () => take(shown[active]?.text ?? typed)],
    ['Escape', (event) => (shown.length > 0 ? setOpen(false) : event.currentTarget.blur())],
  ]);
  if (active >= 0) keys.set('Tab', () => take(shown[active]?.text ?? typed));
  if (typed === '') keys.set('Backspace', removeLast);
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    const act = keys.get(event.key);
    if (act === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    act(event);
  };

  return (
    <search className="cond bb" aria-label={label}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a click next to the chips focuses the field, as in any text field */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the field itself is keyboard-focusable */}
      <div className="field" onClick={() => input.current?.focus()}>
        <Icon name="search" />
        {chips.map((chip) => (
          <Chip key={chip.name} {...chip} />
        ))}
        {where.map((condition, index) => (
          <Chip key={condition} {...describeCondition(condition)} onRemove={() => remove(index)} />
        ))}
        {text !== undefined && (
          <Chip name={t('text contains')} value={`"${text}"`} onRemove={() => change({ text: undefined })} />
        )}
        <input
          ref={input}
          role="combobox"
          aria-label={t('{label}: add a condition, or text to find', { label })}
          aria-expanded={shown.length > 0}
          aria-controls={list}
          aria-activedescendant={active >= 0 ? `${list}-${active}` : undefined}
          aria-autocomplete="list"
          placeholder={t('Add a condition, or text to find')}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setActive(-1);
            setOpen(true);
            setProblem(undefined);
          }}
          aria-invalid={problem !== undefined}
          aria-describedby={problem === undefined ? undefined : `${list}-problem`}
          onFocus={() => setOpen(true)}
          onBlur={() => setOpen(false)}
          onKeyDown={onKeyDown}
        />
        {problem !== undefined && (
          <div id={`${list}-problem`} role="alert" className="pop cond-problem">
            <div className="mono">
              {typed.slice(0, problem.at)}
              <mark>{typed.slice(problem.at) || ' '}</mark>
            </div>
            <div>
              {rich('{problem} at character {at}: {message}.', {
                problem: <span className="err">{t('Not understood')}</span>,
                at: problem.at + 1,
                message: problem.message,
              })}
            </div>
          </div>
        )}
        <div
          id={list}
          role="listbox"
          aria-label={t('Completions')}
          className={shown.length > 0 ? 'pop menu' : ''}
          style={shown.length > 0 ? { top: 38, left: 16, minWidth: 320 } : undefined}
        >
          {shown.map((suggestion, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field keeps the focus and handles the keys
            // biome-ignore lint/a11y/useFocusableInteractive: the field refers to it with aria-activedescendant
            <div
              key={suggestion.text}
              id={`${list}-${index}`}
              role="option"
              aria-selected={index === active}
              className="option mono"
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => take(suggestion.text)}
            >
              {suggestion.text}
              <span className="push t3 s11">{t(suggestion.note)}</span>
            </div>
          ))}
        </div>
      </div>
      {children}
      <SavedSearches signal={signal} />
    </search>
  );
}

interface ChipProps {
  readonly name: string;
  readonly value: string;
  readonly onRemove: () => void;
}

function Chip({ name, value, onRemove }: ChipProps): ReactNode {
  return (
    <span className="chip">
      <span className="k">{name}</span>
      <span className="cut">{value}</span>
      <button type="button" aria-label={t('Remove {name} {value}', { name, value })} onClick={onRemove}>
        <Icon name="close" />
      </button>
    </span>
  );
}
