import type { ReloadReport } from '../../component/host.ts';
import type { ComponentChanges } from '../../graph/changes.ts';

/** Returns the report of a configuration that was not applied. Nothing has changed. */
export function rolledBack(reason: string, changes: ComponentChanges = NO_CHANGES): ReloadReport {
  const { kept, restarted, added, removed } = changes;
  return { result: 'rolled_back', reason, kept, restarted, added, removed };
}

const NO_CHANGES: ComponentChanges = { kept: [], restarted: [], added: [], removed: [] };
