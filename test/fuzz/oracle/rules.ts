import type { Signal } from '@otelier/otlp';

/** Why otelier refuses what protobufjs reads: rules of its own, stricter than protobuf's, each with the pattern it uses. */
const REJECTIONS: readonly { readonly rule: string; readonly pattern: RegExp }[] = [
  {
    rule: 'A known field has the wire type of its definition; protobufjs takes another for an unknown field.',
    pattern: /: expected (a varint|a 64-bit field|a length-delimited field|a 32-bit field), got /,
  },
  {
    rule: 'Ids are empty, or 16 or 8 bytes.',
    pattern: /: expected (16|8) bytes or none, got /,
  },
  {
    rule: 'Lists of 64-bit numbers are a multiple of 8 bytes; protobufjs reads beyond them.',
    pattern: /: expected a multiple of 8 bytes, got /,
  },
  {
    rule: 'Messages and groups nest no deeper than other decoders read.',
    pattern: /nest(ed)? (deeper|no deeper) than/,
  },
  {
    rule: 'A group ends with its own number; protobufjs takes any.',
    pattern: /group/,
  },
  {
    rule: 'Fields are numbered from 1; protobufjs skips a field 0 in messages whose fields it does not know.',
    pattern: /invalid tag [0-7],/,
  },
  {
    rule: 'Varints are ten bytes at most, also where protobufjs skips them without counting.',
    pattern: /varint of more than 10 bytes/,
  },
  {
    rule: 'Bodies have a largest size, compressed and not.',
    pattern: /larger than|too large|at most \d+ bytes|exceeds/,
  },
];

/** The rule by which a request was refused, if there is one. */
export function rejectionRule(reason: string): string | undefined {
  return REJECTIONS.find(({ pattern }) => pattern.test(reason))?.rule;
}

/** Why otelier accepts what protobufjs cannot read. */
const ACCEPTANCES: readonly { readonly rule: string; readonly signals: readonly Signal[]; readonly pattern: RegExp }[] =
  [
    {
      rule: 'Groups are dropped. protobufjs counts the messages around them towards its depth of 100, otelier does not.',
      signals: ['traces', 'metrics', 'logs'],
      pattern: /max depth exceeded/,
    },
    {
      rule: 'Profiles pass through whole; how deep their unknown fields nest is the receiver’s business.',
      signals: ['profiles'],
      pattern: /max depth exceeded/,
    },
    {
      rule: 'In a message without fields protobufjs compares a group’s end with the whole tag of its start, and finds them different.',
      signals: ['profiles'],
      pattern: /invalid end group tag/,
    },
  ];

/** The rule by which a request was accepted although protobufjs fails with this error, if there is one. */
export function acceptanceRule(signal: Signal, error: string): string | undefined {
  return ACCEPTANCES.find(({ signals, pattern }) => signals.includes(signal) && pattern.test(error))?.rule;
}
