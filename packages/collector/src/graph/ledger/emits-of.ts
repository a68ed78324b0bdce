import type { Definition, Emits } from '../../component/define.ts';

/** Returns what the components of a definition emit. */
export function emitsOf(definition: Definition): Emits {
  if (definition.kind === 'processor') return definition.emits ?? 'received';
  return definition.kind === 'connector' ? (definition.emits ?? 'derived') : 'received';
}
