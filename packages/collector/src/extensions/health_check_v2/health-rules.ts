import type { AggregateStatus, ErrorPriority } from '../../component/health/aggregate-status.ts';

/** Which errors make a component unhealthy. */
export interface HealthRules {
  readonly includePermanentErrors: boolean;
  readonly includeRecoverableErrors: boolean;
  readonly recoveryDuration: number;
}

/** Returns the error that determines the status of several components. */
export function priorityOf({ includePermanentErrors, includeRecoverableErrors }: HealthRules): ErrorPriority {
  return includeRecoverableErrors && !includePermanentErrors ? 'recoverable' : 'permanent';
}

/** Reports whether a status is healthy. That of a process which starts or stops is, but it is not available. */
export function isHealthy({ status, atMillis }: AggregateStatus, rules: HealthRules, nowMillis: number): boolean {
  if (status === 'permanent_error') return !rules.includePermanentErrors;
  if (status !== 'recoverable_error' || !rules.includeRecoverableErrors) return true;
  return nowMillis < atMillis + rules.recoveryDuration;
}

/** Reports whether a status is healthy and available. */
export function isServing(status: AggregateStatus, rules: HealthRules, nowMillis: number): boolean {
  return isAvailable(status) && isHealthy(status, rules, nowMillis);
}

/** Reports whether the status is one of a running component. */
export function isAvailable({ status }: AggregateStatus): boolean {
  return status === 'ok' || status.endsWith('_error');
}
