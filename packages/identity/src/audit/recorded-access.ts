import type { Permission } from '../access.ts';
import type { AccessEvent } from '../access-control.ts';
import { RequestRate } from '../credentials/request-rate.ts';
import type { AuditEvent } from './entry.ts';

/** Permissions whose use is recorded. Reading telemetry and sending it is not: it happens all the time. */
const RECORDED: ReadonlySet<Permission> = new Set<Permission>([
  'telemetry:export',
  'telemetry:delete',
  'restricted:read',
  'documents:write',
  'configuration:write',
  'alerts:write',
  'operations:profile',
  'people:manage',
  'keys:manage',
  'tenants:manage',
  'audit:read',
]);

/** Permissions whose changes administration records with what they changed, so that only their failures are recorded here. */
const RECORDED_ELSEWHERE: ReadonlySet<Permission> = new Set<Permission>(['people:manage', 'keys:manage']);

/** Refused requests per minute that are recorded by address. The others are counted. */
const REFUSED_PER_MINUTE = 60;

/** Records the requests to the API that change or export something, and those that are refused. */
export class RecordedAccess {
  readonly #now: () => number;
  readonly #audit: (event: AuditEvent) => void;
  readonly #rate = new RequestRate();
  #suppressed = 0;

  constructor(now: () => number, audit: (event: AuditEvent) => void) {
    this.#now = now;
    this.#audit = audit;
  }

  record({ access, request, route, permission, target, outcome, status }: AccessEvent): void {
    const isRecorded = outcome === 'denied' || (permission !== undefined && RECORDED.has(permission));
    const isTwice = status < 400 && permission !== undefined && RECORDED_ELSEWHERE.has(permission);
    if (!isRecorded || isTwice) return;
    const now = this.#now();
    const address = request.address ?? '';
    if (outcome === 'denied' && this.#rate.take(address, REFUSED_PER_MINUTE, now) > 0) {
      this.#suppressed += 1;
      return;
    }
    const hasFailed = outcome === 'allowed' && status >= 400;
    this.#audit({
      timeMillis: now,
      subject: access?.subject ?? 'unknown',
      action: route,
      outcome: hasFailed ? 'failed' : outcome,
      tenant: access?.tenant,
      target,
      address,
      reason: outcome === 'denied' || hasFailed ? `status ${status}` : undefined,
      suppressed: this.#suppressed === 0 ? undefined : this.#suppressed,
    });
    this.#suppressed = 0;
  }
}
