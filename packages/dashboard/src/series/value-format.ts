import { formatAxis, formatNumber, formatPercent, trimDecimals } from '../format/number.ts';
import { bytesOf, durationOf, type Quantity } from '../format/quantity.ts';
import { t } from '../locale/t.ts';

/** The format of a metric's values. */
export interface ValueFormat {
  readonly quantity: (value: number) => Quantity;
  readonly axis: (value: number) => string;
  /** The unit's name, for use in the chart title. */
  readonly words: string;
}

/** Maps rather than objects, because a unit may be named `constructor`. */
const SECONDS: ReadonlyMap<string, number> = new Map([
  ...([
    ['s', 1e9],
    ['ms', 1e6],
    ['us', 1e3],
    ['µs', 1e3],
    ['ns', 1],
  ] as const),
  ...([
    ['min', 6e10],
    ['h', 3.6e12],
    ['d', 8.64e13],
  ] as const),
]);
const BYTES: ReadonlyMap<string, number> = new Map([
  ...([
    ['By', 1],
    ['kBy', 1e3],
    ['MBy', 1e6],
    ['GBy', 1e9],
  ] as const),
  ...([
    ['KiBy', 1024],
    ['MiBy', 1024 ** 2],
    ['GiBy', 1024 ** 3],
  ] as const),
]);

/**
 * Returns the format for a UCUM unit, as used by OpenTelemetry. Counts have no unit, and rates are per second. Rates of
 * histograms count measurements, so their unit does not apply.
 */
export function formatFor(unit: string, aggregate: string, kind: string): ValueFormat {
  const counted = aggregate === 'count' || (aggregate === 'rate' && kind.includes('histogram'));
  const per = aggregate === 'rate' ? '/s' : '';
  if (counted) return plain(per, aggregate === 'rate' ? t('measurements per second') : t('measurements'));
  const nanos = SECONDS.get(unit);
  if (nanos !== undefined && per === '')
    return {
      quantity: (value) => durationOf(value * nanos),
      axis: (value) => textOf(durationOf(value * nanos)),
      words: t('duration'),
    };
  const bytes = BYTES.get(unit);
  if (bytes !== undefined) {
    const quantity = (value: number): Quantity => {
      const { value: text, unit: name } = bytesOf(value * bytes);
      return { value: text, unit: `${name}${per}` };
    };
    return {
      quantity,
      axis: (value) => textOf(quantity(value)),
      words: per === '' ? t('bytes') : t('bytes per second'),
    };
  }
  if (unit === '%')
    return {
      quantity: (value) => ({ value: formatNumber(value), unit: '%' }),
      axis: (value) => `${formatAxis(value)} %`,
      words: t('percent'),
    };
  const name = wordOf(unit);
  if (per === '') return plain(per, name);
  return plain(per, name === '' ? t('per second') : t('{items} per second', { items: name }));
}

/** Uses percentages if a metric with unit `1` is between 0 and 1. */
export function percentWhenShare(format: ValueFormat, unit: string, aggregate: string, max: number): ValueFormat {
  if (unit !== '1' || aggregate === 'rate' || aggregate === 'count' || max > 1.0001) return format;
  return {
    quantity: (value) => ({ value: formatPercent(value, 1), unit: '%' }),
    axis: (value) => `${formatPercent(value, 0)} %`,
    words: t('share'),
  };
}

function plain(per: string, words: string): ValueFormat {
  return { quantity: (value) => ({ value: formatNumber(value), unit: per }), axis: formatAxis, words };
}

/** Returns the content of a UCUM annotation such as `{request}`. */
function wordOf(unit: string): string {
  const annotation = /^\{(.+)\}$/.exec(unit)?.[1];
  if (annotation !== undefined) return `${annotation.replaceAll('_', ' ')}${annotation.endsWith('s') ? '' : 's'}`;
  return unit === '1' || unit === '' ? '' : unit;
}

function textOf({ value, unit }: Quantity): string {
  return value === '0' ? '0' : `${trimDecimals(value)} ${unit}`;
}
