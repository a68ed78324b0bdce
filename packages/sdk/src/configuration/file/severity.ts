import type { ConfigNode } from './config-node.ts';

/** The number of a severity, from `trace`, 1, to `fatal4`, 24. */
export function severityOf(node: ConfigNode): number | undefined {
  const name = node.choice(SEVERITIES);
  return name === undefined ? undefined : SEVERITIES.indexOf(name) + 1;
}

const SEVERITIES = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'].flatMap((name) => [
  name,
  ...['2', '3', '4'].map((step) => name + step),
]);
