import { diag } from '@opentelemetry/api';
import { MAX_MILLIS } from './client/option-error.ts';

/** Variables of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of the process; empty where there is none. */
export function processEnvironment(): Environment {
  return globalThis.process?.env ?? {};
}

/** A time from the environment; what is no time is warned of and counts as nothing. */
export function millisFrom(environment: Environment, variable: string): number | undefined {
  const text = environment[variable]?.trim();
  if (!text) return undefined;
  const millis = Number(text);
  if (Number.isInteger(millis) && millis >= 1 && millis <= MAX_MILLIS) return millis;
  diag.warn(`${variable}: expected 1 to ${MAX_MILLIS} milliseconds, got ${JSON.stringify(text)}; ignored`);
  return undefined;
}
