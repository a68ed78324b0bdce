import type { Service } from '@otelier/query';

/** The sort orders of services. */
export type ServiceSort = 'errors' | 'rate' | 'p95' | 'name';

/** Comparators for services. The default sorts by error rate, then by 95th percentile. */
export const SERVICE_SORTS: Readonly<Record<ServiceSort, (a: Service, b: Service) => number>> = {
  errors: (a, b) => errorRate(b) - errorRate(a) || b.p95 - a.p95,
  rate: (a, b) => b.requests - a.requests,
  p95: (a, b) => b.p95 - a.p95,
  name: (a, b) => a.service.localeCompare(b.service),
};

/** Returns the fraction of failed requests, from 0 to 1. */
export function errorRate({ requests, errors }: { readonly requests: number; readonly errors: number }): number {
  return requests === 0 ? 0 : errors / requests;
}

/** Classifies an error rate. Only these thresholds add color. */
export function errorLevel(share: number): 'bad' | 'poor' | 'fine' {
  return share >= 0.02 ? 'bad' : share >= 0.01 ? 'poor' : 'fine';
}

/** Returns the CSS classes for an error rate. */
export function errorClass(level: 'bad' | 'poor' | 'fine', share: number): string {
  return level === 'bad' ? 'err strong' : level === 'poor' ? 'warn med' : share === 0 ? 't3' : '';
}
