import { diag } from '@opentelemetry/api';
import { MAX_MILLIS } from './client/option-error.ts';

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the process environment, or an empty one in other runtimes. */
export function processEnvironment(): Environment {
  return globalThis.process?.env ?? {};
}

/** Reads a duration from the environment. Invalid values are logged and ignored. */
export function millisFrom(environment: Environment, variable: string): number | undefined {
  const text = environment[variable]?.trim();
  if (!text) return undefined;
  const millis = Number(text);
  if (Number.isInteger(millis) && millis >= 1 && millis <= MAX_MILLIS) return millis;
  diag.warn(`${variable}: expected 1 to ${MAX_MILLIS} milliseconds, got ${JSON.stringify(text)}; ignored`);
  return undefined;
}
