import { z } from '@hono/zod-openapi';

/** A time in nanoseconds, which JSON numbers would round. */
export const nanos = z
  .string()
  .regex(/^-?\d+$/)
  .openapi('NanosText', { description: 'Nanoseconds since the Unix epoch as a decimal string.' });
