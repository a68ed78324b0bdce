import {
  type BaggageEntry,
  baggageEntryMetadataFromString,
  type Context,
  propagation,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api';
import { joinedHeader } from './header.ts';
import { isSuppressed } from './suppression.ts';

/**
 * Propagates baggage in the `baggage` header (W3C Baggage). Malformed members and members over the limits are dropped.
 */
export class BaggagePropagator implements TextMapPropagator {
  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    const baggage = propagation.getBaggage(context);
    if (baggage === undefined || isSuppressed(context)) return;
    const members = baggage.getAllEntries().flatMap(([key, entry]) => (TOKEN.test(key) ? [format(key, entry)] : []));
    const header = withinLimits(members).join(',');
    if (header !== '') setter.set(carrier, BAGGAGE, header);
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const header = joinedHeader(carrier, getter, BAGGAGE);
    if (header === '') return context;
    const members = withinLimits(header.split(','));
    const entries = members.flatMap((member) => parse(member) ?? []);
    if (entries.length === 0) return context;
    return propagation.setBaggage(
      context,
      propagation.createBaggage(Object.fromEntries(entries.map(([key, entry]) => [key, entry]))),
    );
  }

  fields(): string[] {
    return [BAGGAGE];
  }
}

/** Returns the members that fit within the limits. An oversized member is skipped and does not end the list. */
function withinLimits(members: readonly string[]): string[] {
  const kept: string[] = [];
  let length = -1;
  for (const member of members) {
    if (member.length > MAX_MEMBER_LENGTH || length + 1 + member.length > MAX_LENGTH) continue;
    if (kept.push(member) === MAX_MEMBERS) break;
    length += 1 + member.length;
  }
  return kept;
}

function format(key: string, { value, metadata }: BaggageEntry): string {
  const text = `${key}=${encodeURIComponent(value.toWellFormed())}`;
  const properties = metadata?.toString() ?? '';
  return PROPERTIES.test(properties) ? `${text};${properties}` : text;
}

function parse(member: string): [readonly [key: string, entry: BaggageEntry]] | undefined {
  const [, key, value, properties] = MEMBER.exec(member) ?? [];
  if (key === undefined || value === undefined) return undefined;
  const entry = { value: decode(value) };
  if (properties === undefined) return [[key, entry]];
  return [[key, { ...entry, metadata: baggageEntryMetadataFromString(properties.trim()) }]];
}

/**
 * Decodes a value. Invalid UTF-8 is replaced by U+FFFD, as the specification requires, whereas `decodeURIComponent`
 * would throw.
 */
function decode(value: string): string {
  return value.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    const octets = run.slice(1).split('%');
    return new TextDecoder().decode(Uint8Array.from(octets, (octet) => Number.parseInt(octet, 16)));
  });
}

const BAGGAGE = 'baggage';
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
/**
 * Matches a key, a value (without control characters, spaces, quotes, commas, semicolons and backslashes) and
 * properties.
 */
const MEMBER = /^[ \t]*([\w!#$%&'*+.^`|~-]+)[ \t]*=[ \t]*([!#-+\--:<-[\]-~]*)[ \t]*(?:;([\t -~]*))?$/;
/** Matches properties without characters that end the member or the header. */
const PROPERTIES = /^[!-+\--~][\t -+\--~]*$/;
const MAX_MEMBERS = 180;
const MAX_MEMBER_LENGTH = 4096;
const MAX_LENGTH = 8192;
