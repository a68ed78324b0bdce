import { MONTHS } from '../../../ottl/functions/time/format-time.ts';
import { daysOf, nanosOfLocal } from '../../../ottl/values/time.ts';
import { EvaluationError, Time, type Zone } from '../../../ottl/values/value.ts';
import type { SyslogMessage } from './message.ts';

const HEADER = /^<(0|[1-9]\d{0,2})> *([A-Z][a-z]{2}) ([ 0]?[1-9]|[12]\d|3[01]) ([01]\d|2[0-3]):([0-5]\d):([0-5]\d) +/;
/** A name without colon, which the message follows. */
const HOST = /^([!-9;-~]{1,255}) +/;
const TAG = /^([!-9;-Z\\-~]{1,48})(?:\[([^[\]\n\r]*)\])?: /;
const SHORT_MONTHS = MONTHS.map((name) => name.slice(0, 3));
const WEEK_MILLIS = 7 * 86_400_000;

/** Parses a message of RFC 3164. Throws an `EvaluationError`. */
export function parseRfc3164(text: string, zone: Zone, now: () => number): SyslogMessage {
  const header = HEADER.exec(text);
  const [whole = '', priority = '', month = '', day = '', hour = '', minute = '', second = ''] = header ?? [];
  const monthIndex = SHORT_MONTHS.indexOf(month);
  if (header === null || Number(priority) > 191 || monthIndex < 0)
    throw new EvaluationError(`expected a message of RFC 3164, got "${text}"`);
  const inDay = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  const nanosIn = (year: number) => nanosOfLocal(daysOf(year, monthIndex + 1, Number(day)) * 86_400 + inDay, 0, zone);
  const rest = text.slice(whole.length);
  const host = HOST.exec(rest);
  const body = host === null ? rest : rest.slice(host[0].length);
  const tag = TAG.exec(body);
  const message = tag === null ? body : body.slice(tag[0].length);
  if (message === '') throw new EvaluationError('expected a text after the header of RFC 3164');
  return {
    priority: Number(priority),
    timestamp: new Time(nearNow(nanosIn, now), zone),
    hostname: host?.[1],
    appname: tag?.[1],
    procId: tag?.[2] === '' ? undefined : tag?.[2],
    message,
  };
}

/** Returns the time in the year that ends at most a week after now. */
function nearNow(nanosIn: (year: number) => bigint, now: () => number): bigint {
  const nowMillis = now();
  const year = new Date(nowMillis).getUTCFullYear();
  const nanos = nanosIn(year);
  return nanos > BigInt(Math.floor(nowMillis) + WEEK_MILLIS) * 1_000_000n ? nanosIn(year - 1) : nanos;
}
