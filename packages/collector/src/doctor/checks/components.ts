import { latest, liveCheck } from '../check.ts';
import type { CheckFinding } from '../finding.ts';
import { nodeName } from '../node-name.ts';

/** Reports components, other than exporters, that report an error, and stores and threads that fail. */
export const components = liveCheck('components', (live): readonly CheckFinding[] => {
  const nodes = latest(live)?.nodes ?? [];
  const known = nodes.map(({ component, problem }) => `${component}: ${problem}`);
  const others = live.health.errors.filter((error) => !known.includes(error));
  return [
    ...nodes
      .filter(({ kind, problem }) => kind !== 'exporter' && problem !== undefined)
      .map((node) => ({
        severity: 'error' as const,
        subject: nodeName(node),
        message: node.problem ?? '',
        remedy: 'Correct the cause that the message names. The log has the details.',
      })),
    ...others.map((error) => ({
      severity: 'error' as const,
      subject: error.split(': ', 1)[0] ?? '',
      message: error,
      remedy: 'Correct the cause that the message names. The log has the details.',
    })),
  ];
});
