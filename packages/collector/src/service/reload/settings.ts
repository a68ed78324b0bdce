import { isDeepStrictEqual } from 'node:util';
import type { ServiceConfig } from '../../config/model.ts';

type ServiceSettings = ServiceConfig['service'];

/** Returns an error for each setting that a running process cannot change. */
export function unchangeableSettings(before: ServiceSettings, after: ServiceSettings): string[] {
  const errors: string[] = [];
  if (before.workers !== after.workers) {
    errors.push(
      `service.workers: expected ${before.workers} until the process restarts, got ${after.workers}: threads cannot be added or removed`,
    );
  }
  if ((before.tenants === undefined) !== (after.tenants === undefined)) {
    errors.push(
      'service.tenants: expected it to stay configured or not until the process restarts: receivers check requests by it',
    );
  }
  for (const [path, of] of TELEMETRY) {
    // Values are not part of the message, because initial fields can be secrets.
    if (!isDeepStrictEqual(of(before), of(after)))
      errors.push(`${path}: expected no change until the process restarts, got another value`);
  }
  return errors;
}

const TELEMETRY: readonly (readonly [path: string, (settings: ServiceSettings) => unknown])[] = [
  [
    'service.telemetry.logs',
    // The level can change.
    ({ telemetry: { logs } }) => ({ ...logs, level: undefined }),
  ],
  ['service.telemetry.metrics', ({ telemetry }) => telemetry.metrics],
  ['service.telemetry.traces', ({ telemetry }) => telemetry.traces],
  ['service.telemetry.resource', ({ telemetry }) => telemetry.resource],
];

/** Whether the settings that can change are equal. */
export function isSameSettings(before: ServiceSettings, after: ServiceSettings): boolean {
  return (
    before.memoryLimitBytes === after.memoryLimitBytes &&
    isDeepStrictEqual(before.tenants, after.tenants) &&
    before.shutdownTimeoutMillis === after.shutdownTimeoutMillis &&
    before.telemetry.logs.level === after.telemetry.logs.level
  );
}
