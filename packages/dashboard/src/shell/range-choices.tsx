import { type FormEvent, type ReactNode, useState } from 'react';
import { useChangeSearch, usePageSearch } from '../data/use-search.ts';
import { t } from '../locale/t.ts';
import { parseShown, shownDate } from '../locale/zone.ts';
import { Popover } from '../parts/popover.tsx';
import { usePageWindow } from '../time/page-window.tsx';
import { RANGES, rangeOf } from '../time/range.ts';
import { ZoneSelect } from './settings/zone-select.tsx';

/** A popover to select a relative or an exact range, and the time zone. */
export function RangeChoices({ onDone }: { readonly onDone: () => void }): ReactNode {
  const search = usePageSearch();
  const change = useChangeSearch();
  const { startMillis, endMillis } = usePageWindow();
  const [from, setFrom] = useState(() => toInput(startMillis));
  const [to, setTo] = useState(() => toInput(endMillis));
  const exact = { from: parseShown(from), to: parseShown(to) };
  const valid = exact.to > exact.from;
  const apply = (event: FormEvent): void => {
    event.preventDefault();
    if (!valid) return;
    change({ ...exact, at: undefined });
    onDone();
  };
  return (
    <Popover label={t('Time range')} onClose={onDone} align="right" className="range-pop">
      <div className="choices" role="radiogroup" aria-label={t('Relative range')}>
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
            {t(range.label)}
          </button>
        ))}
      </div>
      <form onSubmit={apply}>
        <label>
          {t('From')}
          <input
            className="input"
            type="datetime-local"
            step="1"
            value={from}
            onChange={(event) => setFrom(event.target.value)}
          />
        </label>
        <label>
          {t('To')}
          <input
            className="input"
            type="datetime-local"
            step="1"
            value={to}
            onChange={(event) => setTo(event.target.value)}
          />
        </label>
        <button type="submit" className="btn" disabled={!valid} style={{ justifySelf: 'end' }}>
          {t('Show this range')}
        </button>
      </form>
      <div className="zone">
        <ZoneSelect />
      </div>
    </Popover>
  );
}

function toInput(millis: number): string {
  return shownDate(millis).toISOString().slice(0, 19);
}
