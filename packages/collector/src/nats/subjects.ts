import type { Signal } from '@otelier/otlp';

/** The subject of each signal by default. */
export const DEFAULT_SUBJECTS: Readonly<Record<Signal, string>> = {
  traces: 'otlp.traces',
  metrics: 'otlp.metrics',
  logs: 'otlp.logs',
  profiles: 'otlp.profiles',
};

/** Name of the stream by default. */
export const DEFAULT_STREAM = 'otlp';

/** A subject to send to, which has no wildcards. */
export const SUBJECT = /^[^\s.*>]+(\.[^\s.*>]+)*$/;

/** A subject to read, in which a token can be `*` and the last one `>`. */
export const SUBJECT_FILTER = /^(\*|[^\s.*>]+)(\.(\*|[^\s.*>]+))*(\.>)?$|^>$/;

/** Reports whether a subject matches a filter. */
export function matchesSubject(filter: string, subject: string): boolean {
  const tokens = subject.split('.');
  const pattern = filter.split('.');
  for (const [index, token] of pattern.entries()) {
    if (token === '>') return tokens.length > index;
    if (tokens[index] === undefined || (token !== '*' && token !== tokens[index])) return false;
  }
  return tokens.length === pattern.length;
}
