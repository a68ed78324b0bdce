import { z } from '../../component/schema.ts';
import { namedZone } from '../../ottl/values/time.ts';
import { EvaluationError, Time, typeName } from '../../ottl/values/value.ts';
import { OperatorConfigError, type OperatorContext, type OperatorDefinition } from '../definition/operator.ts';
import { type ParserConfig, parserFields, parseStep } from '../definition/parser.ts';
import { createGuard, processEach } from '../definition/process-entries.ts';
import type { Entry } from '../entry/entry.ts';
import { goTimeText } from '../expression/go-text.ts';
import { cachedZone } from '../record/zones.ts';
import { syslogFields } from './syslog/fields.ts';
import { applySeverity, type SyslogMessage, syslogMap, withPriority } from './syslog/message.ts';
import { parseRfc3164 } from './syslog/rfc3164.ts';
import { parseRfc5424 } from './syslog/rfc5424.ts';

const config = z.object({ ...parserFields, ...syslogFields });
type SyslogConfig = z.output<typeof config>;

const PRIORITY = /<\d{1,3}>/;

export const syslogParser: OperatorDefinition = {
  type: 'syslog_parser',
  summary: 'Parses a message of RFC 5424 or RFC 3164.',
  config,
  create(options: ParserConfig & SyslogConfig, id, context) {
    checkSyslog(options);
    const parse = messageParser(options, context);
    const step = parseStep(
      options,
      (value) => {
        if (typeof value !== 'string') throw new EvaluationError(`expected a string, got ${typeName(value)}`);
        return syslogMap(parse(value));
      },
      context,
    );
    const guard = createGuard(options, id, context);
    const timestamp = options.parseTo.child('timestamp');
    const finish = (entry: Entry) => {
      step(entry);
      try {
        if (options.protocol !== 'none' && options.timestamp === undefined) setTime(entry);
        applySeverity(entry, options.protocol === 'none' || skipsPriority(options, entry));
      } finally {
        // A time that stays in the entry is a text.
        const time = timestamp.get(entry);
        if (time instanceof Time) timestamp.set(entry, goTimeText(time));
      }
    };
    return { process: (entries, emit) => emit(processEach(entries, guard, finish)) };
  },
};

function checkSyslog({ protocol, enableOctetCounting, nonTransparentFramingTrailer, location }: SyslogConfig): void {
  if (nonTransparentFramingTrailer !== undefined && enableOctetCounting)
    throw new OperatorConfigError('expected either enable_octet_counting or non_transparent_framing_trailer, got both');
  if (nonTransparentFramingTrailer !== undefined && protocol !== 'rfc5424')
    throw new OperatorConfigError('non_transparent_framing_trailer: expected the protocol rfc5424');
  if (namedZone(location === '' ? 'UTC' : location) === undefined)
    throw new OperatorConfigError(`location: expected the name of a time zone, got "${location}"`);
}

function messageParser(options: SyslogConfig, context: OperatorContext): (text: string) => SyslogMessage {
  const { protocol, enableOctetCounting, allowSkipPriHeader, nonTransparentFramingTrailer: trailer } = options;
  const zone = cachedZone(
    namedZone(options.location === '' ? 'UTC' : options.location) ?? {
      name: '',
      offsetSecondsAt: () => 0,
      abbreviationAt: () => '',
    },
  );
  const now = () => context.clock.now();
  const parseOne = (text: string): SyslogMessage =>
    protocol === 'rfc3164' ? parseRfc3164(text, zone, now) : parseRfc5424(text);
  return (text) => {
    if (protocol === 'none') return rawMessage(enableOctetCounting ? text.replace(/^[1-9]\d*\s/, '') : text);
    if (enableOctetCounting) return parseOne(octets(text, options.maxOctets));
    if (trailer !== undefined) return parseOne(beforeTrailer(text, trailer === 'LF' ? '\n' : '\0'));
    const skips = allowSkipPriHeader && !PRIORITY.test(text);
    const message = withContinuation(skips ? `<0>${text}` : text, protocol === 'rfc3164', parseOne);
    return allowSkipPriHeader && text.length > 1 && !text.startsWith('<')
      ? { ...message, priority: undefined }
      : message;
  };
}

/** Lines after the first one of RFC 3164 belong to its message. */
function withContinuation(text: string, isSplit: boolean, parse: (text: string) => SyslogMessage): SyslogMessage {
  const end = isSplit ? text.indexOf('\n') : -1;
  if (end < 0) return parse(text);
  const message = parse(text.slice(0, end).replace(/\r$/, ''));
  return { ...message, message: (message.message ?? '') + text.slice(end) };
}

/** Returns the message after its length, without a newline at its end, which many senders count. */
function octets(text: string, maxOctets: number): string {
  const count = /^([1-9]\d*) /.exec(text);
  if (count === null) throw new EvaluationError('expected the number of octets of the message');
  const length = Number(count[1]);
  if (length > (maxOctets > 0 ? maxOctets : 8192))
    throw new EvaluationError(`expected at most ${maxOctets} octets, got ${length}`);
  const bytes = Buffer.from(text).subarray(count[0].length);
  if (bytes.length < length) throw new EvaluationError(`expected ${length} octets, got ${bytes.length}`);
  return bytes
    .subarray(0, length)
    .toString()
    .replace(/\r?\n$/, '');
}

function beforeTrailer(text: string, trailer: string): string {
  const end = text.indexOf(trailer);
  return end < 0 ? text : text.slice(0, end);
}

function rawMessage(text: string): SyslogMessage {
  const priority = /^<(\d{1,3})>/.exec(text)?.[1];
  const value = Number(priority);
  const isValid = priority !== undefined && value <= 191;
  return withPriority({ message: text }, isValid ? value : undefined);
}

function setTime(entry: Entry): void {
  const time = entry.attributes?.get('timestamp');
  if (!(time instanceof Time)) throw new EvaluationError('expected a message with a time');
  entry.timeNanos = time.nanos;
}

function skipsPriority({ allowSkipPriHeader, enableOctetCounting }: SyslogConfig, entry: Entry): boolean {
  return allowSkipPriHeader && !enableOctetCounting && entry.attributes?.has('severity') === false;
}
