import type { Finding } from '@otelier/query';

/** A finding without the name of its check. */
export type CheckFinding = Omit<Finding, 'check'>;
