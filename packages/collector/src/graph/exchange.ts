import { parseEndpoint } from '@otelier/transport/endpoint';
import type { Definition } from '../component/define.ts';
import type { ConfiguredComponent } from '../config/model.ts';
import type { Node } from './node.ts';

/** Nodes that cannot run beside their successors, because both need a resource that has one holder. */
export interface Exchange {
  /** Running nodes that must stop first. */
  readonly stop: readonly Node[];
  /** Their successors. */
  readonly start: readonly Node[];
}

/** Returns the nodes among the replaced and the new ones that need the same exclusive resources. */
export function findExchange(replaced: readonly Node[], created: readonly Node[]): Exchange {
  const held = new Set(replaced.flatMap(({ exclusive }) => exclusive));
  const needed = new Set(created.flatMap(({ exclusive }) => exclusive));
  return {
    stop: replaced.filter(({ exclusive }) => exclusive.some((name) => needed.has(name))),
    start: created.filter(({ exclusive }) => exclusive.some((name) => held.has(name))),
  };
}

/** Returns the successor of a node in an exchange: its next version, or what takes its resource. */
export function successorOf({ identity }: Node, { start }: Exchange): Node | undefined {
  return (
    start.find((node) => node.identity.id === identity.id) ??
    start.find((node) => node.consumer !== undefined && node.identity.signal === identity.signal)
  );
}

/**
 * Returns the names of the resources that only one instance of a component can hold. Listening sockets of receivers are not
 * among them: the host owns them and passes them on.
 */
export function exclusiveResources({ kind, definition, config }: ConfiguredComponent): readonly string[] {
  const known: Definition = definition;
  const named = known.exclusive?.(config as never) ?? [];
  const addresses = known.listens?.(config as never) ?? [];
  const own = addresses.filter(({ transport }) => kind === 'extension' || transport === 'udp');
  const sockets = own.flatMap(({ endpoint, transport = 'tcp' }) => {
    const parsed = parseEndpoint(endpoint);
    if (parsed.kind === 'unix') return [`unix ${parsed.path}`];
    // The system chooses another port for each 0. Equal ports of different addresses can overlap.
    return parsed.port === 0 ? [] : [`${transport} ${parsed.port}`];
  });
  return [...named, ...sockets];
}
