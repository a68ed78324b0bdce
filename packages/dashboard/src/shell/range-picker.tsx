import { type ReactNode, useCallback, useState } from 'react';
import { useChangeSearch, usePageSearch } from '../data/use-search.ts';
import { Icon } from '../parts/icon.tsx';
import { Popover } from '../parts/popover.tsx';
import { usePageWindow } from '../time/page-window.tsx';
import { describeRange, shifted } from '../time/range.ts';
import { RangeChoices } from './range-choices.tsx';

/** The time range control: earlier, current range, later. */
export function RangePicker(): ReactNode {
  const search = usePageSearch();
  const change = useChangeSearch();
  const shown = usePageWindow();
  const [open, setOpen] = useState(false);
  const close = useCallback(() => setOpen(false), []);
  const { label, bounds } = describeRange(search, shown);
  const live = search.at === undefined && search.from === undefined;
  return (
    <div className="group">
      <button
        type="button"
        className="btn icononly"
        aria-label="Earlier"
        aria-keyshortcuts="["
        onClick={() => change(shifted(search, -1, Date.now()))}
      >
        <Icon name="left" />
      </button>
      <div className="anchor btn" style={{ padding: 0 }}>
        <button
          type="button"
          className="row range"
          style={{ height: '100%', padding: '0 10px' }}
          aria-haspopup="dialog"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          <Icon name="clock" />
          <span className="unseen">Time range: </span>
          {label}
          <span className="t3 s12" style={{ fontWeight: 'var(--weight-regular)' }}>
            {bounds}
          </span>
          <Icon name="down" />
        </button>
        {open && (
          <Popover label="Time range" onClose={close} align="right" className="range-pop">
            <RangeChoices onDone={close} />
          </Popover>
        )}
      </div>
      <button
        type="button"
        className="btn icononly"
        aria-label="Later"
        aria-keyshortcuts="]"
        disabled={live}
        onClick={() => change(shifted(search, 1, Date.now()))}
      >
        <Icon name="right" />
      </button>
    </div>
  );
}
