import { z } from '../../component/schema.ts';
import { fixedZone, namedZone, nanosOfLocal } from '../../ottl/values/time.ts';
import { EvaluationError, Time, typeName, UTC, type Value, type Zone } from '../../ottl/values/value.ts';
import { entryField } from '../definition/fields.ts';
import { OperatorConfigError, type OperatorContext } from '../definition/operator.ts';
import type { Entry } from '../entry/entry.ts';
import { MISSING } from '../entry/field.ts';
import { epochParser } from './epoch.ts';
import { goLayout, type LayoutElement, strptimeLayout } from './layout.ts';
import { LayoutParser, type ParsedTime } from './layout-parser.ts';
import { offsetOfName } from './zone-text.ts';
import { cachedZone } from './zones.ts';

/** The fields of a parser of times. */
export const timeFields = {
  parseFrom: entryField('Field to parse.'),
  layoutType: z
    .enum(['strptime', 'gotime', 'epoch', 'native'])
    .prefault('strptime')
    .describe('Kind of `layout`: `%Y-%m-%d`, `2006-01-02`, or the unit of a number: `s`, `ms`, `us`, `ns`, `s.ms`.'),
  layout: z.string().prefault('').describe('Layout of the time.'),
  location: z
    .string()
    .prefault('')
    .describe(
      'IANA name of the time zone of times without one. Default: that of the machine, or UTC if `Z` ends the layout.',
    ),
  timeZoneLocations: z
    .record(z.string(), z.string())
    .prefault({})
    .describe('IANA names of time zones by abbreviation, for layouts with an abbreviation.'),
};

type TimeConfig = z.output<z.ZodObject<typeof timeFields>>;

/** Reads times. */
export interface TimeReader {
  /** Returns the time of a value in nanoseconds since the epoch. Throws an `EvaluationError` if it is none. */
  read(value: Value): bigint;
  /**
   * The fraction of a second in the text that was read last, if another text that differs in its digits only is the same
   * time with that fraction.
   */
  readonly fraction: { readonly start: number; readonly end: number; readonly nanosecond: number } | undefined;
}

/** Returns a step that sets the time of the event. Throws an `OperatorConfigError` for a wrong layout or zone. */
export function timeParser(config: TimeConfig, context: OperatorContext): (entry: Entry) => void {
  const { parseFrom } = config;
  const reader = createTimeReader(config, () => context.clock.now());
  return (entry) => {
    const value = parseFrom.get(entry);
    if (value === MISSING) throw new EvaluationError(`expected the field ${parseFrom}, got an entry without it`);
    entry.timeNanos = reader.read(value);
  };
}

/** Creates the reader of a parser of times. Throws an `OperatorConfigError` for a wrong layout or zone. */
export function createTimeReader(config: TimeConfig, now: () => number): TimeReader {
  const { layout, layoutType } = config;
  if (layoutType === 'native') return { read: nativeTime, fraction: undefined };
  if (layout === '') throw new OperatorConfigError('layout: expected a time layout, got an empty string');
  if (layoutType === 'epoch') return { read: epochParser(layout), fraction: undefined };
  return new TextTimeReader(elementsOf(layout, layoutType), config, now);
}

function nativeTime(value: Value): bigint {
  if (value instanceof Time) return value.nanos;
  throw new EvaluationError(`expected a time, got ${typeName(value)}`);
}

function elementsOf(layout: string, type: 'strptime' | 'gotime'): LayoutElement[] {
  if (type === 'gotime') {
    const fraction = /[^.,9]9+/.exec(layout)?.[0];
    if (fraction === undefined) return goLayout(layout);
    throw new OperatorConfigError(`layout: expected "." or "," before fractions of a second, got "${fraction}"`);
  }
  const elements = strptimeLayout(layout);
  if (typeof elements === 'string') throw new OperatorConfigError(`layout: ${elements}`);
  return elements;
}

/** The part of a configuration that says in which zone a time is. */
export interface ZoneConfig {
  readonly layout: string;
  readonly layoutType: string;
  readonly location: string;
  readonly timeZoneLocations?: Readonly<Record<string, string>>;
}

/** Returns a parser of times of a layout, in nanoseconds since the epoch. */
export function textParser(
  elements: readonly LayoutElement[],
  config: ZoneConfig,
  now: () => number,
): (text: string) => bigint {
  const reader = new TextTimeReader(elements, config, now);
  return (text) => reader.read(text);
}

/** Reads times of a layout. */
class TextTimeReader implements TimeReader {
  fraction: TimeReader['fraction'];
  readonly #parser: LayoutParser;
  readonly #layout: string;
  readonly #location: Zone;
  readonly #byName: ReadonlyMap<string, Zone>;
  readonly #now: () => number;

  constructor(elements: readonly LayoutElement[], config: ZoneConfig, now: () => number) {
    this.#parser = new LayoutParser(elements);
    this.#layout = config.layout;
    this.#location = locationOf(config);
    this.#byName = new Map(
      Object.entries(config.timeZoneLocations ?? {}).map(([name, zone]) => [name, zoneOf(zone, 'time_zone_locations')]),
    );
    if (this.#byName.size > 0 && !elements.some(({ kind }) => kind === 'zoneName'))
      throw new OperatorConfigError('time_zone_locations: expected a layout with the abbreviation of a time zone');
    this.#now = now;
  }

  read(value: Value): bigint {
    if (typeof value !== 'string') {
      if (value instanceof Uint8Array) return this.read(Buffer.from(value).toString());
      throw new EvaluationError(`expected a string as time, got ${typeName(value)}`);
    }
    const time = this.#parser.parse(value);
    if (time === undefined)
      throw new EvaluationError(`expected a time with the layout "${this.#layout}", got "${value}"`);
    const { nanosecond, fraction } = time;
    // The year of a time without one depends on when it is read.
    this.fraction = fraction && time.year > 0 ? { ...fraction, nanosecond } : undefined;
    return nanosOf(time, this.#zoneFor(value), this.#now);
  }

  #zoneFor(text: string): Zone {
    if (this.#byName.size === 0) return this.#location;
    const names = text.match(/\b[A-Z]{2,5}\b/g) ?? [];
    return names.map((name) => this.#byName.get(name)).find((zone) => zone !== undefined) ?? this.#location;
  }
}

const WEEK_MILLIS = 7 * 86_400_000;

/** Returns the time in nanoseconds. Without a year, it is in the year that ends at most a week after now. */
function nanosOf(time: ParsedTime, location: Zone, now: () => number): bigint {
  const zone = zoneOfTime(time, location);
  if (time.year > 0) return nanosOfLocal(time.localSecondsIn(time.year), time.nanosecond, zone);
  const nowMillis = now();
  const year = new Date(nowMillis + zone.offsetSecondsAt(Math.floor(nowMillis / 1000)) * 1000).getUTCFullYear();
  const inYear = nanosOfLocal(time.localSecondsIn(year), time.nanosecond, zone);
  if (inYear <= BigInt(Math.floor(nowMillis) + WEEK_MILLIS) * 1_000_000n) return inYear;
  return nanosOfLocal(time.localSecondsIn(year - 1), time.nanosecond, zone);
}

function zoneOfTime({ offsetSeconds, zoneName }: ParsedTime, location: Zone): Zone {
  if (offsetSeconds !== undefined) return fixedZone('', offsetSeconds);
  if (zoneName === '') return location;
  if (zoneName === 'UTC') return UTC;
  const offset = offsetOfName(zoneName);
  if (offset !== undefined) return fixedZone('', offset);
  if (isAbbreviationOf(location, zoneName)) return location;
  const zone = zonesByName.get(zoneName) ?? namedZone(zoneName);
  if (zone === undefined) throw new EvaluationError(`expected a known time zone, got "${zoneName}"`);
  const cached = cachedZone(zone);
  zonesByName.set(zoneName, cached);
  return cached;
}

const zonesByName = new Map<string, Zone>();
/** The middle of January and of July 2024, for the abbreviations of a zone. */
const SAMPLE_SECONDS = [1_705_276_800, 1_721_001_600];

function isAbbreviationOf(zone: Zone, name: string): boolean {
  return SAMPLE_SECONDS.some((seconds) => zone.abbreviationAt(seconds) === name);
}

function locationOf({ layout, layoutType, location }: ZoneConfig): Zone {
  if (location !== '') return zoneOf(location, 'location');
  if (layout.endsWith('Z') && (layoutType !== 'strptime' || !layout.endsWith('%Z'))) return UTC;
  return zoneOf('Local', 'location');
}

function zoneOf(name: string, field: string): Zone {
  const zone = namedZone(name === 'Local' ? Intl.DateTimeFormat().resolvedOptions().timeZone : name);
  if (zone === undefined) throw new OperatorConfigError(`${field}: expected the name of a time zone, got "${name}"`);
  return cachedZone(zone);
}
