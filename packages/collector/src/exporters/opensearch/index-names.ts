import { attributeText } from '../../ottl/values/text.ts';
import { calendarOf } from '../../ottl/values/time.ts';
import { Time, type ValueMap } from '../../ottl/values/value.ts';
import type { Origin } from '../elasticsearch/origin.ts';

/** Options for `createIndexNames`. */
export interface IndexNameOptions {
  /** The name, with placeholders such as `%{service.name}`. */
  readonly pattern: string;
  /** The value of placeholders whose attribute is missing. */
  readonly fallback: string;
  /** The format of the time that is appended, such as `yyyy.MM.dd`. Empty for none. */
  readonly timeFormat: string;
  now(): number;
}

/** The name of an index, or why an item has none. */
export type IndexName = { readonly name: string } | { readonly reason: string };

const PLACEHOLDER = /%\{([^}]+)\}/g;
const TIME_TOKENS = /yyyy|yy|MM|dd|HH|mm|ss/g;
// Names that begin with a dot are those of the system. The others have a meaning in the paths of requests.
const FORBIDDEN = /^[.\-_+]|\.\.|[\s\\/*?"<>|,#:\p{Cc}]/u;
const MAX_BYTES = 255;

/** Reports whether a time format has only known tokens and separators. */
export function isTimeFormat(format: string): boolean {
  return /^[-._+]*$/.test(format.replace(TIME_TOKENS, ''));
}

/** Returns a function that names the index of an item by its attributes and the current time. */
export function createIndexNames(options: IndexNameOptions): (origin: Origin, attributes: ValueMap) => IndexName {
  const { pattern, fallback } = options;
  const hasPlaceholders = pattern.search(PLACEHOLDER) >= 0;
  return (origin, attributes) => {
    if (!hasPlaceholders) return { name: pattern + timeSuffix(options) };
    const filled = pattern.replace(
      PLACEHOLDER,
      (_, key: string) => attributeOf(key, attributes, origin) || fallback || 'unknown',
    );
    const name = filled.toLowerCase() + timeSuffix(options);
    if (FORBIDDEN.test(name) || Buffer.byteLength(name) > MAX_BYTES)
      return { reason: `index: expected the name of an index, got ${JSON.stringify(name.slice(0, MAX_BYTES))}` };
    return { name };
  };
}

/** Returns an attribute of the item, its scope or its resource as text, or nothing. */
function attributeOf(key: string, attributes: ValueMap, { scope, resource }: Origin): string {
  if (attributes.has(key)) return attributeText(attributes.get(key));
  if (key === 'scope.name' && scope.name !== '') return scope.name;
  if (key === 'scope.version' && scope.version !== '') return scope.version;
  const map = scope.attributes.has(key) ? scope.attributes : resource.attributes;
  return attributeText(map.get(key));
}

function timeSuffix({ timeFormat, now }: IndexNameOptions): string {
  if (timeFormat === '') return '';
  const { year, month, day, hour, minute, second } = calendarOf(new Time(BigInt(Math.floor(now())) * 1_000_000n));
  const tokens: Readonly<Record<string, number>> = {
    MM: month,
    dd: day,
    HH: hour,
    mm: minute,
    ss: second,
    yy: year % 100,
  };
  const text = timeFormat.replace(TIME_TOKENS, (token) =>
    token === 'yyyy' ? String(year).padStart(4, '0') : String(tokens[token]).padStart(2, '0'),
  );
  return `-${text}`;
}
