import type { Service } from '@otelier/query';

/** How the services can be sorted. */
export type ServiceSort = 'errors' | 'rate' | 'p95' | 'name';

/** Orders of services; by default what hurts comes first: share of errors, then how slow. */
export const SERVICE_SORTS: Readonly<Record<ServiceSort, (a: Service, b: Service) => number>> = {
  errors: (a, b) => errorRate(b) - errorRate(a) || b.p95 - a.p95,
  rate: (a, b) => b.requests - a.requests,
  p95: (a, b) => b.p95 - a.p95,
  name: (a, b) => a.service.localeCompare(b.service),
};

/** Failed requests of all, 0 to 1. */
export function errorRate({ requests, errors }: { readonly requests: number; readonly errors: number }): number {
  return requests === 0 ? 0 : errors / requests;
}

/** Whether a share of errors crosses a threshold: hue stands only for that. */
export function errorLevel(share: number): 'bad' | 'poor' | 'fine' {
  return share >= 0.02 ? 'bad' : share >= 0.01 ? 'poor' : 'fine';
}

/** Returns the classes of an error rate. */
export function errorClass(level: 'bad' | 'poor' | 'fine', share: number): string {
  return level === 'bad' ? 'err strong' : level === 'poor' ? 'warn med' : share === 0 ? 't3' : '';
}
