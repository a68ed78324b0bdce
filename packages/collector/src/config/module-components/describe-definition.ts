import type { Definition } from '../../component/define.ts';
import type { DefinitionDescription } from './protocol.ts';

/** Returns what other threads know of a definition. */
export function describeDefinition(exported: string, definition: Definition): DefinitionDescription {
  const { kind, summary, stability } = definition;
  return {
    ...{ exported, kind, summary, stability },
    signals: 'signals' in definition ? definition.signals : [],
    joins: 'joins' in definition ? definition.joins : {},
    // Processors run in every thread. Others hold sockets and files, of which there is one in the process.
    runsIn: kind === 'processor' ? 'everyThread' : 'main',
    partitionBy: 'partitionBy' in definition ? definition.partitionBy : undefined,
    isSending: kind === 'exporter' && definition.sending,
    unsupported: unsupported(definition),
  };
}

/** What other components call in their own thread cannot be in the thread of a module. */
function unsupported(definition: Definition): string | undefined {
  if (definition.kind !== 'extension') return undefined;
  if (definition.authenticates !== undefined) return 'expected an extension that does not authenticate requests';
  return definition.offersStorage ? 'expected an extension that does not store queues' : undefined;
}
