import type { ComplianceReport } from '@otelier/query';
import type { Store } from '@otelier/store';
import type { Clock } from '@otelier/transport';
import type { Host } from '../../component/host.ts';

/** What reports are made of. */
export interface ReportContext {
  readonly host: Host;
  readonly store: Store;
  readonly clock: Pick<Clock, 'now'>;
}

/** A part of a report. */
export type Section = ComplianceReport['sections'][number];
