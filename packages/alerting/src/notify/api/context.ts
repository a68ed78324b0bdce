import type { TenantNotifier } from '../of-tenant.ts';

/** What handlers read. */
export interface ApiContext {
  readonly notifier: TenantNotifier;
  readonly query: URLSearchParams;
  /** Current time in milliseconds since the epoch. */
  readonly nowMs: number;
}
