import type { Definition } from '../../component/define.ts';
import type { DefinitionDescription } from './protocol.ts';

/**
 * Returns what other threads know of a definition. Processors and authenticators run in every thread. Others hold sockets
 * and files, of which there is one in the process.
 */
export function describeDefinition(exported: string, definition: Definition): DefinitionDescription {
  const { kind, summary, stability } = definition;
  return {
    ...{ exported, kind, summary, stability },
    signals: 'signals' in definition ? definition.signals : [],
    joins: 'joins' in definition ? definition.joins : {},
    runsIn: kind === 'processor' || authenticates(definition) ? 'everyThread' : 'main',
    partitionBy: 'partitionBy' in definition ? definition.partitionBy : undefined,
    isSending: kind === 'exporter' && definition.sending,
    unsupported: unsupported(definition),
  };
}

function authenticates(definition: Definition): boolean {
  return definition.kind === 'extension' && definition.authenticates !== undefined;
}

/** Storage is used too often to be called in another thread. */
function unsupported(definition: Definition): string | undefined {
  if (definition.kind !== 'extension') return undefined;
  return definition.offersStorage ? 'expected an extension that does not store queues' : undefined;
}
