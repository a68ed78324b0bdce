import type { TappedItem } from '@otelier/query';
import { memo, type ReactNode, useEffect, useRef } from 'react';
import { formatCount } from '../../../format/number.ts';
import { formatMillis } from '../../../format/time.ts';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { Icon } from '../../../parts/icon.tsx';
import { Duration } from '../../../parts/measure.tsx';
import { ScrollRegion } from '../../../parts/scroll/scroll-region.tsx';
import { ServiceMark } from '../../../parts/service-mark.tsx';
import { useListKeys } from '../../../shell/use-list-keys.ts';
import type { Tap } from './use-tap.ts';

/** The items that passed the edge, newest first. */
export function TapItems({
  tap: { items, phase },
  from,
  to,
  waiting,
  selected,
  onSelect,
  onHeld,
}: {
  readonly tap: Pick<Tap, 'items' | 'phase'>;
  readonly from: string;
  readonly to: string;
  /** Number of items that have arrived since the list holds still. */
  readonly waiting: number;
  readonly selected: TappedItem | undefined;
  readonly onSelect: (index: number | undefined) => void;
  /** Called when the pointer enters or leaves the list, and when it is scrolled: it then holds still, or no longer. */
  readonly onHeld: (held: boolean) => void;
}): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const select = (index: number): void => {
    onSelect(items[index]?.index);
    box.current?.querySelectorAll('tbody tr')[index]?.scrollIntoView({ block: 'nearest' });
  };
  useEffect(() => () => onHeld(false), [onHeld]);
  useListKeys({
    what: 'item',
    count: items.length,
    index: items.findIndex(({ index }) => index === selected?.index),
    onIndex: select,
    onOpen: select,
    openHint: 'select',
  });
  return (
    <section className="pane br tp-items" aria-label="Tapped items">
      <div className="head bb">
        <h2 className="row">
          <span className="acc row">
            <Icon name="tap" />
          </span>
          <span className="mono">{from}</span>
          <span className="t3">→</span>
          <span className="mono">{to}</span>
        </h2>
        <span className="note push" role="status">
          {formatCount(items.length)} held, newest first{waiting > 0 && `, ${formatCount(waiting)} wait`}
        </span>
      </div>
      {items.length === 0 ? (
        <Waiting phase={phase} />
      ) : (
        <ScrollRegion
          scrollRef={box}
          label="Tapped items"
          onScroll={(event) => onHeld(event.currentTarget.scrollTop > 0)}
          onPointerEnter={() => onHeld(true)}
          onPointerLeave={() => onHeld((box.current?.scrollTop ?? 0) > 0)}
        >
          <table>
            <colgroup>
              <col style={{ width: 112 }} />
              <col style={{ width: 128 }} />
              <col />
              <col style={{ width: 84 }} />
              <col style={{ width: 88 }} />
            </colgroup>
            <thead>
              <tr>
                <th>Time</th>
                <th>Service</th>
                <th>Item</th>
                <th className="num">Changed</th>
                <th className="num">Duration</th>
              </tr>
            </thead>
            <tbody>
              {items.map((item) => (
                <ItemRow key={item.index} item={item} isSelected={item.index === selected?.index} onSelect={onSelect} />
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      )}
    </section>
  );
}

/** Rendered once, because each refresh has many rows that are the same. */
const ItemRow = memo(function ItemRow({
  item,
  isSelected,
  onSelect,
}: {
  readonly item: TappedItem;
  readonly isSelected: boolean;
  readonly onSelect: (index: number) => void;
}): ReactNode {
  const { index, atMillis, service, name, isError, changedValues, values, leftOutValues, comparison, durationNanos } =
    item;
  return (
    <tr aria-selected={isSelected} onClick={() => onSelect(index)}>
      <td className="mono t3">{formatMillis(atMillis)}</td>
      <td>
        <span className="row">
          <ServiceMark service={service} hollow={service === ''} />
          <span className="cut">{service === '' ? '(no service)' : service}</span>
        </span>
      </td>
      <td className="mono">
        <button type="button" className="tp-name" onClick={() => onSelect(index)}>
          {name === '' ? '(no name)' : name}
        </button>
        {isError && <span className="err"> error</span>}
      </td>
      <td className="num t2">
        {comparison === 'found'
          ? `${formatCount(changedValues)} of ${formatCount(values.length + leftOutValues)}`
          : '—'}
      </td>
      <td className="num t2">{durationNanos === undefined ? '' : <Duration nanos={durationNanos} />}</td>
    </tr>
  );
});

function Waiting({ phase }: { readonly phase: Tap['phase'] }): ReactNode {
  if (phase === 'failed')
    return (
      <EmptyState title="The tap is not open">
        <p>The reason is beside the filter. The pipeline runs on.</p>
      </EmptyState>
    );
  return (
    <EmptyState title={phase === 'ended' ? 'The tap has ended' : 'No items yet'}>
      <p>
        {phase === 'ended'
          ? 'Nothing matched while it was open.'
          : 'The balance below counts what passes, and what the filter leaves out.'}
      </p>
    </EmptyState>
  );
}
