import { useSyncExternalStore } from 'react';

const KEY = 'otelier.zone';
/** Zones change their offset at most at quarters of an hour. */
const QUARTER_MILLIS = 900_000;
const MAX_KNOWN_OFFSETS = 10_000;

const listeners = new Set<() => void>();
let zone = stored();
let formatter = formatterOf(zone);
const offsets = new Map<number, number>();

/** Shows times in a zone, by its IANA name, and stores the choice in this browser. `undefined` is the browser's zone. */
export function chooseTimeZone(name: string | undefined): void {
  zone = name;
  formatter = formatterOf(name);
  offsets.clear();
  try {
    if (name === undefined) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, name);
  } catch {
    // Storage may be blocked. The choice then lasts for this visit.
  }
  for (const listener of listeners) listener();
}

/** Returns the name of the time zone in which the page shows times. `undefined` is that of the browser. */
export function useTimeZone(): string | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => zone,
  );
}

/** Returns the browser's time zone, by its IANA name. */
export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Returns the time shown for a time minus UTC, in milliseconds. */
export function zoneOffsetMillis(millis: number): number {
  if (formatter === undefined) return -new Date(millis).getTimezoneOffset() * 60_000;
  const quarter = Math.floor(millis / QUARTER_MILLIS);
  const known = offsets.get(quarter);
  if (known !== undefined) return known;
  const offset = offsetIn(formatter, quarter * QUARTER_MILLIS);
  if (offsets.size >= MAX_KNOWN_OFFSETS) offsets.clear();
  offsets.set(quarter, offset);
  return offset;
}

/** Returns a date whose UTC fields are the time shown for a time. */
export function shownDate(millis: number): Date {
  return new Date(millis + zoneOffsetMillis(millis));
}

/** Returns the time for which `text`, such as `2026-12-01T14:05:00`, is shown. `NaN` if it is not a time. */
export function parseShown(text: string): number {
  const shown = Date.parse(`${text}Z`);
  if (Number.isNaN(shown)) return shown;
  // The offset at the result may differ from that at the first estimate.
  const estimate = shown - zoneOffsetMillis(shown);
  return shown - zoneOffsetMillis(estimate);
}

function offsetIn(format: Intl.DateTimeFormat, millis: number): number {
  const date = new Date(millis);
  if (Number.isNaN(date.getTime())) return 0;
  const part = Object.fromEntries(format.formatToParts(date).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - millis;
}

function formatterOf(name: string | undefined): Intl.DateTimeFormat | undefined {
  if (name === undefined) return undefined;
  return new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
}

/** Returns the stored zone, if the browser knows it. */
function stored(): string | undefined {
  try {
    const name = localStorage.getItem(KEY) ?? undefined;
    formatterOf(name);
    return name;
  } catch {
    return undefined;
  }
}
