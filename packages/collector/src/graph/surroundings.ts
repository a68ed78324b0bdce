import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import type { MemoryBudget } from '../component/admissions.ts';
import type { ComponentContext, SamplingDecision } from '../component/contract.ts';
import type { Host } from '../component/host.ts';
import type { ObservedRule } from '../component/observe/observed-rules.ts';
import type { Node, NodeIdentity } from './node.ts';

/** The parts of a component context that all components share. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly admission: MemoryBudget;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly host: Host;
  readonly observeSampling?: ((decision: SamplingDecision) => void) | undefined;
  readonly observeRule?: ((component: NodeIdentity, rule: ObservedRule) => () => void) | undefined;
}

/** Returns the context of the component of a node. */
export function contextOf(node: Node, surroundings: Surroundings): ComponentContext {
  const { component: id, type, kind } = node.identity;
  const { observeRule } = surroundings;
  return {
    ...surroundings,
    admission: kind === 'receiver' ? surroundings.admission.receivers : surroundings.admission,
    logger: node.logger,
    id,
    type,
    kind,
    observeRule: observeRule && ((rule) => observeRule(node.identity, rule)),
    dropped: (itemCount, reason) => node.drop(itemCount, reason),
    reportStatus: (message, kind) => {
      node.error = message;
      node.status.report(message, kind);
    },
  };
}
