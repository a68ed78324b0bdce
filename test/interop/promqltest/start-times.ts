import { parseDurationMillis } from '../../../packages/query/src/promql/parse/literals.ts';

/** Offsets of start times from their samples, in milliseconds; `undefined` for samples without one. */
export type StartTimes = readonly (number | undefined)[];

const DURATION = String.raw`(?:0|[+-]?\d+(?:ms|[smhdwy]))`;
const ITEM = new RegExp(`^(${DURATION})(?:([+-]\\d+(?:ms|[smhdwy])))?(?:x(\\d+))?$`);

/** Parses start times such as `_ -1m -30s-1mx2`. */
export function parseStartTimes(text: string): StartTimes {
  return text.split(/\s+/).flatMap((item) => {
    const omitted = /^_(?:x(\d+))?$/.exec(item);
    if (omitted !== null) return Array.from({ length: Number(omitted[1] ?? 1) }, () => undefined);
    const match = ITEM.exec(item);
    if (match === null) throw new Error(`expected a start time, got "${item}"`);
    const [, first = '', step, times = '0'] = match;
    return Array.from(
      { length: Number(times) + 1 },
      (_, index) => signed(first) + index * (step === undefined ? 0 : signed(step)),
    );
  });
}

function signed(text: string): number {
  const millis = parseDurationMillis(text.replace(/^[+-]/, ''));
  if (millis === undefined) throw new Error(`expected a duration, got "${text}"`);
  return text.startsWith('-') ? -millis : millis;
}
