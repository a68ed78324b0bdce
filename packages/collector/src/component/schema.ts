import { z } from 'zod';
import { parseByteSize, parseDuration } from './units.ts';

export { z };

/** Returns a field for a duration such as `200ms` or `1h30m`, in milliseconds. */
export function duration() {
  return z
    .union([z.string(), z.literal(0)], { error: DURATION })
    .transform((text, context) => {
      const millis = text === 0 ? 0 : parseDuration(text);
      if (millis === undefined) context.addIssue({ code: 'custom', message: DURATION, input: text });
      return millis ?? 0;
    })
    .meta({ unit: 'duration' });
}

/** Returns a field for a size such as `64MiB`, `10GB` or a number of bytes, in bytes. */
export function byteSize() {
  return z
    .union([z.string(), z.int().min(0)], { error: BYTE_SIZE })
    .transform((text, context) => {
      const bytes = typeof text === 'number' ? text : parseByteSize(text);
      if (bytes === undefined) context.addIssue({ code: 'custom', message: BYTE_SIZE, input: text });
      return bytes ?? 0;
    })
    .meta({ unit: 'bytes' });
}

/** Returns a field for a password, token or key, which is never printed. */
export function secret() {
  return z.string().meta({ secret: true });
}

/** Returns a field for the path of a file to read. A reload restarts the component if the contents have changed. */
export function inputFile() {
  return z.string().meta({ inputFile: true });
}

/** Returns a Collector field that is not supported yet and must be omitted. */
export function notYet(instead: string) {
  return z
    .unknown()
    .refine((value) => value === undefined || value === null || value === false, {
      error: `expected nothing here: otelier does not support this yet; ${instead}`,
    })
    .optional()
    .meta({ notYet: true });
}

/** Returns a field that is accepted for compatibility with the Collector but has no effect; setting it logs a warning. */
export function ignored(reason: string, { schema = z.unknown(), effective }: IgnoredOptions = {}) {
  return schema.optional().describe(`Ignored: ${reason}.`).meta({ noEffect: reason, effective });
}

interface IgnoredOptions {
  readonly schema?: z.ZodType;
  /** The value that matches the actual behavior and causes no warning. */
  readonly effective?: unknown;
}

const DURATION = 'expected a duration such as "200ms", "5s" or "1h30m"';
const BYTE_SIZE = 'expected a size such as "64MiB", "10GB" or a number of bytes';
