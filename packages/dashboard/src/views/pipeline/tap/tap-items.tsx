import type { TappedItem } from '@otelier/query';
import { memo, type ReactNode, useEffect, useRef } from 'react';
import { formatMillis } from '../../../format/time.ts';
import { t } from '../../../locale/t.ts';
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
  const select = (index: number): void => onSelect(items[index]?.index);
  useEffect(() => () => onHeld(false), [onHeld]);
  useListKeys({
    what: t('item'),
    count: items.length,
    index: items.findIndex(({ index }) => index === selected?.index),
    onIndex: select,
    onOpen: select,
    openHint: t('select'),
    rows: { box, row: '.tp-name' },
  });
  return (
    <section className="pane br tp-items" aria-label={t('Tapped items')}>
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
          {waiting > 0
            ? t('{held} held, newest first, {waiting} wait', { held: items.length, waiting })
            : t('{held} held, newest first', { held: items.length })}
        </span>
      </div>
      {items.length === 0 ? (
        <Waiting phase={phase} />
      ) : (
        <ScrollRegion
          scrollRef={box}
          label={t('Tapped items')}
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
                <th>{t('Time')}</th>
                <th>{t('Service')}</th>
                <th>{t('Item')}</th>
                <th className="num">{t('Changed')}</th>
                <th className="num">{t('Duration')}</th>
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
          <span className="cut">{service === '' ? t('(no service)') : service}</span>
        </span>
      </td>
      <td className="mono">
        <button type="button" className="tp-name" onClick={() => onSelect(index)}>
          {name === '' ? t('(no name)') : name}
        </button>
        {isError && <span className="err"> {t('error')}</span>}
      </td>
      <td className="num t2">
        {comparison === 'found'
          ? t('{part} of {total}', { part: changedValues, total: values.length + leftOutValues })
          : '—'}
      </td>
      <td className="num t2">{durationNanos === undefined ? '' : <Duration nanos={durationNanos} />}</td>
    </tr>
  );
});

function Waiting({ phase }: { readonly phase: Tap['phase'] }): ReactNode {
  if (phase === 'failed')
    return (
      <EmptyState title={t('The tap is not open')}>
        <p>{t('The reason is beside the filter. The pipeline runs on.')}</p>
      </EmptyState>
    );
  return (
    <EmptyState title={t(phase === 'ended' ? 'The tap has ended' : 'No items yet')}>
      <p>
        {t(
          phase === 'ended'
            ? 'Nothing matched while it was open.'
            : 'The balance below counts what passes, and what the filter leaves out.',
        )}
      </p>
    </EmptyState>
  );
}
