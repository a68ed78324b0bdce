import type { Condition } from '../../contract.ts';
import type { ItemFilter } from '../../items.ts';
import { alternativesOf } from '../../requests.ts';
import { SIGNAL_COLUMNS, VALUES } from '../schema/layout.ts';
import { fieldPlace, type ItemSignal, type Place } from './fields.ts';
import { quoteText } from './quote.ts';

/** Compiles conditions that must all hold. A missing field satisfies none. Throws `QueryError` for unknown fields. */
export function compileConditions(conditions: readonly Condition[], signal: ItemSignal): readonly string[] {
  return conditions.map((condition) => {
    const [own = '1', ...others] = alternativesOf(condition).map((one) => compileCondition(one, signal));
    return others.length === 0 ? own : `(${[own, ...others].map((test) => `ifNull(${test}, 0)`).join(' OR ')})`;
  });
}

/** Compiles a filter. A condition on a list holds, because callers compare its elements. */
export function compileFilter(filter: ItemFilter, signal: ItemSignal): string {
  switch (filter.kind) {
    case 'condition':
      return `(${compileCondition(filter.condition, signal)}${orList(filter.condition, signal)})`;
    case 'all':
      return joined(filter.filters, ' AND ', '1', signal);
    case 'any':
      return joined(filter.filters, ' OR ', '0', signal);
    case 'not':
      return `NOT ${compileFilter(filter.filter, signal)}`;
  }
}

/** Compiles a case-insensitive search in columns and in all attribute values. */
export function compileText(text: string, columns: readonly string[], signal: ItemSignal): string {
  const contains = (expression: string): string => `positionCaseInsensitiveUTF8(${expression}, ${quoteText(text)}) > 0`;
  const maps = [SIGNAL_COLUMNS[signal].attributes, VALUES];
  return `(${[
    ...columns.map(contains),
    ...maps.map((map) => `arrayExists(v -> ${contains('v')}, mapValues(${map}))`),
  ].join(' OR ')})`;
}

function joined(filters: readonly ItemFilter[], operator: string, empty: string, signal: ItemSignal): string {
  if (filters.length === 0) return empty;
  return `(${filters.map((filter) => compileFilter(filter, signal)).join(operator)})`;
}

function orList({ field, op }: Condition, signal: ItemSignal): string {
  const attribute = op === 'exists' ? undefined : fieldPlace(field, signal)?.attribute;
  return attribute === undefined ? '' : ` OR startsWith(${attribute.values}[${attribute.key}], '[')`;
}

function compileCondition({ field, op, value }: Condition, signal: ItemSignal): string {
  const place = fieldPlace(field, signal);
  if (place === undefined) return '0';
  if (op === 'exists') return place.exists ?? '1';
  const text = quoteText(String(value));
  if (op === '~') return holds(place, `match(${place.text}, ${pattern(value)})`);
  if (op === '!~') return holds(place, `NOT match(${place.text}, ${pattern(value)})`);
  if (typeof value === 'number' && place.number !== undefined) {
    const compared = `${place.number} ${op} ${numberText(value)}`;
    // What is not a number is compared as text.
    return place.attribute === undefined
      ? compared
      : holds(place, `if(isNull(${place.number}), ${place.text} ${op} ${text}, ifNull(${compared}, 0))`);
  }
  if (op === '=' && place.attribute !== undefined && !isFormatted(String(value))) {
    // Indexes know the column with the texts of all attributes.
    const { texts, values, key } = place.attribute;
    return holds(place, `${texts}[${key}] = ${text} AND ${values}[${key}] IN ('', ${text})`);
  }
  return holds(place, `${place.text} ${op} ${text}`);
}

function holds({ exists }: Place, test: string): string {
  return exists === undefined ? `(${test})` : `(${exists} AND ${test})`;
}

/** In a regular expression, `.` matches no end of a line, as in the embedded store. */
function pattern(value: Condition['value']): string {
  return quoteText(`(?-s)${value}`);
}

/** Whether text can be a number, a list or an object, whose text differs between the two columns of attributes. */
function isFormatted(text: string): boolean {
  return /^[[{\d.+-]|^(NaN|Infinity|null)$/.test(text);
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return Number.isSafeInteger(value) ? String(value) : `toFloat64(${value})`;
}
