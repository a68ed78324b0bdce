import type { Signal } from '@otelier/otlp';

/**
 * Requests that otelier rejects although protobufjs reads them: rules that are stricter than protobuf's, each with the
 * pattern of its error message.
 */
const REJECTIONS: readonly { readonly rule: string; readonly pattern: RegExp }[] = [
  {
    rule: 'A known field must have the wire type of its definition; protobufjs treats other types as unknown fields.',
    pattern: /: expected (a varint|a 64-bit field|a length-delimited field|a 32-bit field), got /,
  },
  {
    rule: 'Ids are empty or have 16 or 8 bytes.',
    pattern: /: expected (16|8) bytes or none, got /,
  },
  {
    rule: 'The size of a packed list of 64-bit numbers must be a multiple of 8 bytes; protobufjs reads past its end.',
    pattern: /: expected a multiple of 8 bytes, got /,
  },
  {
    rule: 'Messages and groups must not be nested deeper than other decoders support.',
    pattern: /nest(ed)? (deeper|no deeper) than/,
  },
  {
    rule: 'The end tag of a group must have the number of its start; protobufjs accepts any.',
    pattern: /group/,
  },
  {
    rule: 'Field numbers start at 1; protobufjs skips a field 0 in unknown messages.',
    pattern: /invalid tag [0-7],/,
  },
  {
    rule: 'Varints have at most ten bytes; protobufjs skips longer ones in unknown fields.',
    pattern: /varint of more than 10 bytes/,
  },
  {
    rule: 'Bodies have a maximum size, both compressed and decompressed.',
    pattern: /larger than|too large|at most \d+ bytes|exceeds/,
  },
];

/** Returns the rule that explains why a request was rejected, if any. */
export function rejectionRule(reason: string): string | undefined {
  return REJECTIONS.find(({ pattern }) => pattern.test(reason))?.rule;
}

/** Requests that otelier accepts although protobufjs cannot read them. */
const ACCEPTANCES: readonly { readonly rule: string; readonly signals: readonly Signal[]; readonly pattern: RegExp }[] =
  [
    {
      rule: 'Groups are dropped. protobufjs counts the enclosing messages toward its maximum depth of 100, otelier does not.',
      signals: ['traces', 'metrics', 'logs'],
      pattern: /max depth exceeded/,
    },
    {
      rule: 'Profiles are forwarded without parsing; the nesting of their unknown fields is not checked.',
      signals: ['profiles'],
      pattern: /max depth exceeded/,
    },
    {
      rule: 'In a message without fields protobufjs compares the end tag of a group with the whole start tag, which never match.',
      signals: ['profiles'],
      pattern: /invalid end group tag/,
    },
  ];

/** Returns the rule that explains why a request was accepted although protobufjs fails with this error, if any. */
export function acceptanceRule(signal: Signal, error: string): string | undefined {
  return ACCEPTANCES.find(({ signals, pattern }) => signals.includes(signal) && pattern.test(error))?.rule;
}
