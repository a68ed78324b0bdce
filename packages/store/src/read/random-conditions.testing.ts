import type { Condition } from '../contract.ts';
import type { Pick } from './random-telemetry.testing.ts';

/** Returns a condition on a field that random telemetry has, or on one that it does not have. */
export function conditionOf(pick: Pick): Condition {
  const one = <T>(list: readonly T[]): T => list[pick(list.length)] as T;
  const op = one(['=', '=', '!=', '>', '>=', '<', '<=', 'exists'] as const);
  const field = one([
    ...['name', 'kind', 'status', 'duration', 'service', 'scope.name', 'severity', 'body'],
    ...['resource.host.name', 'resource.cpus', 'resource.nowhere', 'attributes.nowhere', 'attributes.odd "key" \\ ü\''],
    ...['attributes.http.route', 'attributes.http.response.status_code', 'attributes.cached', 'attributes.mixed'],
    ...['attributes.rare.1', 'attributes.big', 'attributes.ratio'],
  ]);
  const texts = [
    '/cart',
    'cart',
    '',
    'ERROR',
    'SERVER',
    'GET /cart',
    'h1',
    'true',
    'yes',
    '500',
    '1',
    '1.5',
    '[1,"x"]',
  ];
  const numbers = [200, 404, 1, 1.5, 2, 4, 500_000_000, 1e9, 9_007_199_254_740_992, -3.25, 7];
  const value = one<string | number | boolean>([...texts, ...numbers, true, false]);
  return { field, op, value, ...(pick(4) === 0 && { or: [conditionOf(pick)] }) };
}
