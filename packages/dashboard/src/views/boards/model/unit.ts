import { formatPercent } from '../../../format/number.ts';
import { t } from '../../../locale/t.ts';
import { formatFor, type ValueFormat } from '../../../series/value-format.ts';

/** Returns the format for the unit of a panel: a UCUM unit, `/s` after it for rates, or `ratio` for parts of one. */
export function formatOfUnit(unit: string): ValueFormat {
  if (unit === 'ratio') {
    return {
      quantity: (value) => ({ value: formatPercent(value, 1), unit: '%' }),
      axis: (value) => `${formatPercent(value, 0)} %`,
      words: t('share'),
    };
  }
  const [, of] = /^(.*)\/s$/s.exec(unit) ?? [];
  const format = of === undefined ? formatFor(unit, 'avg', '') : formatFor(of, 'rate', '');
  // Other units stand behind the number.
  const isPlain = of === undefined && /^[^{}%1\s]+$/.test(unit) && format.words === unit;
  return isPlain ? { ...format, quantity: (value) => ({ ...format.quantity(value), unit }) } : format;
}
