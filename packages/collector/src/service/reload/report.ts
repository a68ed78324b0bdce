import type { ComponentChanges } from '../../graph/changes.ts';

/** The result of a reload. Components are named as in the configuration: `processors/batch`. */
export interface ReloadReport extends ComponentChanges {
  readonly result: 'applied' | 'rolled_back' | 'unchanged';
  /** Why it was rolled back, or why telemetry was lost. */
  readonly reason?: string;
  /** Number of items that replaced components could not forward in time. */
  readonly lostItems?: number;
}

/** Returns the report of a configuration that was not applied. Nothing has changed. */
export function rolledBack(reason: string, changes: ComponentChanges = NO_CHANGES): ReloadReport {
  const { kept, restarted, added, removed } = changes;
  return { result: 'rolled_back', reason, kept, restarted, added, removed };
}

const NO_CHANGES: ComponentChanges = { kept: [], restarted: [], added: [], removed: [] };
