import type { ComponentKind } from '../../component/contract.ts';
import type { Definition } from '../../component/define.ts';

const KINDS: readonly ComponentKind[] = ['receiver', 'processor', 'exporter', 'connector', 'extension'];

/** Reports whether a value that a module exports is a definition, as `defineProcessor` and the others return. */
export function isDefinition(value: unknown): value is Definition {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, create, config } = value as Partial<Record<string, unknown>>;
  return KINDS.some((known) => known === kind) && typeof create === 'function' && typeof config === 'object';
}
