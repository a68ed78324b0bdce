import { formatDecimal } from '../../promql/format-number.ts';
import { formatGoDuration } from '../../request/go-duration.ts';
import type { Static } from './static.ts';

/** Formats a value as plain text: strings without quotes. */
export function plainText(value: Static): string {
  switch (value.type) {
    case 'nil':
      return 'nil';
    case 'duration':
      return formatGoDuration(value.value);
    case 'float':
      return formatDecimal(value.value);
    case 'array':
      return `[${value.values.map(queryText).join(', ')}]`;
    default:
      return String(value.value);
  }
}

/** Formats a value as it is written in a query: strings in backquotes. */
export function queryText(value: Static): string {
  return value.type === 'string' ? `\`${value.value}\`` : plainText(value);
}
