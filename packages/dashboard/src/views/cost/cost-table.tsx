import { Link } from '@tanstack/react-router';
import type { ReactNode, RefObject } from 'react';
import { SparkBars } from '../../charts/spark/spark.tsx';
import { timeOf } from '../../data/search.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { formatCount, formatPercent } from '../../format/number.ts';
import { bytesOf } from '../../format/quantity.ts';
import { t } from '../../locale/t.ts';
import { Measure } from '../../parts/measure.tsx';
import { ScrollRegion } from '../../parts/scroll/scroll-region.tsx';
import { itemsLink } from './cost-links.ts';
import { RowName } from './row-name.tsx';
import { type CostRow, type CostUnit, volumeOf } from './use-cost.ts';

const BAR_PIXELS = 72;

/** Rows with what they count. `total` is that of the chosen unit, of which each row is a share. */
export function CostTable({
  rows,
  selected,
  unit,
  total,
  label,
  body,
  onSelect,
}: {
  readonly rows: readonly CostRow[];
  readonly selected: string | undefined;
  readonly unit: CostUnit;
  readonly total: number;
  readonly label: string;
  readonly body: RefObject<HTMLTableSectionElement | null>;
  readonly onSelect: (row: CostRow) => void;
}): ReactNode {
  const isAttributes = rows[0]?.kind === 'attribute';
  return (
    <ScrollRegion label={label} className="scroll ct-rows">
      <table aria-label={label}>
        <colgroup>
          {[undefined, 96, 148, 92, 72, 104].map((width, index) => (
            <col key={index} style={width === undefined ? undefined : { width }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            <th>{isAttributes ? t('Attribute') : t('Sender')}</th>
            <th className="num">{t('Items')}</th>
            <th>{unit === 'bytes' ? t('Share of bytes') : t('Share of items')}</th>
            <th className="num">{t('Bytes')}</th>
            <th className="num">{t('B each')}</th>
            <th className={isAttributes ? 'num' : ''}>{isAttributes ? t('Values') : t('Trend')}</th>
          </tr>
        </thead>
        <tbody ref={body}>
          {rows.map((row) => (
            <Row
              key={row.id}
              row={row}
              selected={row.id === selected}
              share={volumeOf(row)[unit] / Math.max(1, total)}
              unit={unit}
              onSelect={() => onSelect(row)}
            />
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

function Row({
  row,
  selected,
  share,
  unit,
  onSelect,
}: {
  readonly row: CostRow;
  readonly selected: boolean;
  readonly share: number;
  readonly unit: CostUnit;
  readonly onSelect: () => void;
}): ReactNode {
  const { items, bytes } = volumeOf(row);
  const isEstimated = row.kind === 'sender' && row.sender.isEstimated;
  return (
    <tr className={selected ? 'sel' : ''}>
      <td>
        <button type="button" className="row ct-name" aria-pressed={selected} onClick={onSelect}>
          <RowName row={row} />
        </button>
      </td>
      <td className="num">
        <Items row={row} items={items} />
      </td>
      <td>
        <span className="row">
          <i className="bar" style={{ width: Math.max(1, Math.min(1, share) * BAR_PIXELS) }} />
          <span className="t2">
            {share < 0.001 ? '< 0.1' : formatPercent(share, 1)}
            <span className="u">%</span>
          </span>
        </span>
      </td>
      <td className="num" title={isEstimated ? t('The size of some of these items is estimated') : undefined}>
        {isEstimated && <span className="t3">≈ </span>}
        <Measure of={bytesOf(bytes)} />
      </td>
      <td className="num t2">{formatCount(bytes / Math.max(1, items))}</td>
      {row.kind === 'attribute' ? (
        <td className="num">
          {row.attribute.valuesAre !== 'exact' && (
            <span className="t3">{row.attribute.valuesAre === 'estimated' ? '≈ ' : '≤ '}</span>
          )}
          {formatCount(row.attribute.values)}
        </td>
      ) : (
        <td>
          <SparkBars values={unit === 'bytes' ? row.sender.byteSteps : row.sender.itemSteps} width={76} />
        </td>
      )}
    </tr>
  );
}

function Items({ row, items }: { readonly row: CostRow; readonly items: number }): ReactNode {
  const search = usePageSearch();
  const link = itemsLink(row);
  if (link === undefined) return formatCount(items);
  return (
    <Link to={link.to} search={{ ...timeOf(search), ...link.search }} className="plain">
      {formatCount(items)}
    </Link>
  );
}
