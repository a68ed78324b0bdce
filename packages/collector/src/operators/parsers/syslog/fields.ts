import { z } from '../../../component/schema.ts';

/** The fields of the syslog protocol. */
export const syslogFields = {
  protocol: z
    .string()
    .transform((text) => text.toLowerCase())
    .pipe(z.enum(['rfc5424', 'rfc3164', 'none'], { error: 'expected rfc5424, rfc3164 or none' }))
    .describe('Protocol of the messages: `rfc5424`, `rfc3164`, or `none` to parse the priority only.'),
  location: z.string().prefault('UTC').describe('Time zone of times without one (RFC 3164).'),
  enableOctetCounting: z.boolean().prefault(false).describe('Whether messages begin with their length (RFC 6587).'),
  allowSkipPriHeader: z.boolean().prefault(false).describe('Whether messages without a priority are accepted.'),
  nonTransparentFramingTrailer: z
    .enum(['NUL', 'LF'])
    .optional()
    .describe('Character that ends messages (RFC 6587), for RFC 5424.'),
  maxOctets: z.int().min(0).prefault(8192).describe('Maximum length of messages with their length, in bytes.'),
};
