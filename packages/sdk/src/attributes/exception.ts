import type { Exception } from '@opentelemetry/api';
import type { Attributes } from './attribute-list.ts';

/** Returns the attributes for an exception, or `undefined` if there are none (semantic conventions, "Exceptions"). */
export function exceptionAttributes(exception: Exception | null | undefined): Attributes | undefined {
  if (typeof exception === 'string') return exception === '' ? undefined : { 'exception.message': exception };
  const { code, name, message, stack } = exception ?? {};
  const type = code ? String(code) : name || undefined;
  if (type === undefined && !message) return undefined;
  return {
    'exception.type': type,
    'exception.message': message || undefined,
    'exception.stacktrace': stack || undefined,
  };
}
