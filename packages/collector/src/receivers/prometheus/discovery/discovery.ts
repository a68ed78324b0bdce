import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import type { DiscoveredLabels } from '../labels/target-labels.ts';

/** Finds the targets of a job. An implementation reports a complete list with each change. */
export interface Discovery {
  /** Begins to discover. `onTargets` is called with all targets, at first and after each change. */
  start(onTargets: (targets: readonly DiscoveredLabels[]) => void): Promise<void>;
  stop(): Promise<void>;
}

/** What a discovery needs. */
export interface DiscoveryContext {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly job: string;
}

/** A group of targets that have labels in common, as in files and HTTP responses. */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** Returns the labels of the targets of a group. */
export function targetsOf({ targets, labels }: TargetGroup, further: DiscoveredLabels = {}): DiscoveredLabels[] {
  return targets.map((address) => ({ ...labels, ...further, __address__: address }));
}

/** Checks the contents of a file or response: a list of groups. Throws an error that says what is wrong. */
export function parseGroups(value: unknown): TargetGroup[] {
  if (!Array.isArray(value)) throw new Error(`expected a list of target groups, got ${typeof value}`);
  return value.map((group: unknown, index) => {
    const { targets, labels = {} } = (group ?? {}) as { targets?: unknown; labels?: unknown };
    if (!Array.isArray(targets) || !targets.every((one) => typeof one === 'string'))
      throw new Error(`[${index}].targets: expected a list of addresses`);
    if (typeof labels !== 'object' || labels === null) throw new Error(`[${index}].labels: expected a map`);
    const texts = Object.entries(labels).map(([name, text]: [string, unknown]) => [name, String(text)] as const);
    return { targets, labels: Object.fromEntries(texts) };
  });
}
