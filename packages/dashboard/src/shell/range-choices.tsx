import { type FormEvent, type ReactNode, useState } from 'react';
import { useChangeSearch, usePageSearch } from '../data/use-search.ts';
import { usePageWindow } from '../time/page-window.tsx';
import { RANGES, rangeOf } from '../time/range.ts';

/** Controls to select a relative or an exact range. */
export function RangeChoices({ onDone }: { readonly onDone: () => void }): ReactNode {
  const search = usePageSearch();
  const change = useChangeSearch();
  const { startMillis, endMillis } = usePageWindow();
  const [from, setFrom] = useState(() => toInput(startMillis));
  const [to, setTo] = useState(() => toInput(endMillis));
  const exact = { from: Date.parse(from), to: Date.parse(to) };
  const valid = exact.to > exact.from;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const apply = (event: FormEvent): void => {
    event.preventDefault();
    if (!valid) return;
    change({ ...exact, at: undefined });
    onDone();
  };
  return (
    <>
      <div className="choices" role="radiogroup" aria-label="Relative range">
        {RANGES.map((range) => (
          <button
            key={range.last}
            type="button"
            role="radio"
            className="option"
            aria-checked={search.from === undefined && rangeOf(search.last) === range}
            onClick={() => {
              change({ last: range.last, at: undefined, from: undefined, to: undefined });
              onDone();
            }}
          >
            {range.label}
          </button>
        ))}
      </div>
      <form onSubmit={apply}>
        <label>
          From
          <input
            className="input"
            type="datetime-local"
            step="1"
            value={from}
            onChange={(event) => setFrom(event.target.value)}
          />
        </label>
        <label>
          To
          <input
            className="input"
            type="datetime-local"
            step="1"
            value={to}
            onChange={(event) => setTo(event.target.value)}
          />
        </label>
        <button type="submit" className="btn" disabled={!valid} style={{ justifySelf: 'end' }}>
          Show this range
        </button>
      </form>
      <div className="zone">Times are local, {zone}.</div>
    </>
  );
}

function toInput(millis: number): string {
  const local = new Date(millis - new Date(millis).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}
