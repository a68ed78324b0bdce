import type { DryRunReport } from '@otelier/query';
import type { ConfigOrigin } from '../../../config/model.ts';
import type { Capture } from './capture.ts';

/** What the thread of a dry run gets. */
export interface DryRunTask {
  /** URL of the module with the registry. */
  readonly registry: string;
  readonly now: ConfigOrigin;
  readonly draft: ConfigOrigin;
  readonly capture: Capture;
}

/** What the thread of a dry run returns. */
export type DryRunResult =
  | { readonly kind: 'report'; readonly report: DryRunReport }
  | { readonly kind: 'failed'; readonly side: 'now' | 'draft'; readonly message: string };
