import type { Configuration, Step } from '../../cases.ts';
import { mixedSteps } from './telemetry.ts';

const MIXED: readonly Step[] = mixedSteps();

/** Returns a configuration with policies whose traces are decided at shutdown. */
export function policies(name: string, ...list: readonly object[]): Configuration {
  return settings(name, {}, ...list);
}

/** Returns a configuration with options and policies. */
export function settings(name: string, options: object, ...list: readonly object[]): Configuration {
  const named = list.map((policy, index) => ({ name: `p${index}`, ...policy }));
  return { name, config: { decision_wait: '1s', ...options, policies: named }, signals: ['traces'], steps: MIXED };
}

/** Returns a policy nested in another one. */
export function sub(policy: object, name = 'sub'): object {
  return { name, ...policy };
}

/** Returns a `numeric_attribute` policy. */
export function number(options: object): object {
  return { type: 'numeric_attribute', numeric_attribute: { key: 'http.response.status_code', ...options } };
}

/** Returns a `boolean_attribute` policy. */
export function flag(options: object): object {
  return { type: 'boolean_attribute', boolean_attribute: { key: 'cached', ...options } };
}

/** Returns a `string_attribute` policy. */
export function text(key: string, values: readonly string[], options: object = {}): object {
  return { type: 'string_attribute', string_attribute: { key, values, ...options } };
}

/** Returns an `ottl_condition` policy. */
export function ottl(options: object): object {
  return { type: 'ottl_condition', ottl_condition: options };
}

/** Returns a `composite` policy. */
export function composite(options: object): object {
  return { type: 'composite', composite: options };
}
