import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import type { MemoryBudget } from '../component/admissions.ts';
import type { ComponentContext, PauseClock, SamplingDecision } from '../component/contract.ts';
import type { Host } from '../component/host.ts';
import type { ObservedRule } from '../component/observe/observed-rules.ts';
import { RejectedRequests } from '../component/requests/rejected-requests.ts';
import { RequestDurations } from '../component/requests/request-durations.ts';
import type { Tracer } from '../component/tracing/tracer.ts';
import type { Registry } from '../config/registry.ts';
import type { SendersOnDemand } from '../senders/senders-on-demand.ts';
import { NodeRule, type RuleIdentity } from './ledger/drop-rules.ts';
import type { DropSample } from './ledger/drop-sample.ts';
import type { Node, NodeIdentity } from './node.ts';

/** The parts of a component context that all components share. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly admission: MemoryBudget;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly host: Host;
  readonly tracer?: Tracer | undefined;
  /** Whether to measure the durations of requests. */
  readonly measuresRequests?: boolean;
  /** Observes who sends. */
  readonly senders?: SendersOnDemand;
  /** The traces that the components of this thread have dropped. */
  readonly drops: DropSample<RuleIdentity>;
  readonly observeSampling?: ((decision: SamplingDecision) => void) | undefined;
  readonly pauseClock?: PauseClock | undefined;
  readonly observeRule?: ((component: NodeIdentity, rule: ObservedRule) => () => void) | undefined;
}

/** Returns the context of the component of a node. It can create receivers of the types in the registry. */
export function contextOf(node: Node, surroundings: Surroundings, registry: Registry): ComponentContext {
  const { component: id, type, kind } = node.identity;
  const { observeRule, measuresRequests = false } = surroundings;
  if (measuresRequests) node.requests ??= new RequestDurations();
  if (kind === 'receiver') node.rejections ??= new RejectedRequests(() => surroundings.clock.now());
  return {
    ...surroundings,
    admission: kind === 'receiver' ? surroundings.admission.receivers : surroundings.admission,
    logger: node.logger,
    id,
    type,
    kind,
    findReceiver: receiverFinder(registry),
    ended: node.ended,
    observeRequest: node.requests?.observe,
    onRejected: onRejected(node, surroundings),
    observeRule: observeRule && ((rule) => observeRule(node.identity, rule)),
    dropped: (itemCount, reason, rule) => node.ledger.report('dropped', itemCount, reason, rule),
    dropRule: (options) => {
      const place = node.placeOf(options.path);
      const identity = { ...options, nodeId: node.identity.id, component: id, kind, place, message: undefined };
      const rule = new NodeRule(identity, surroundings.drops, options.signal ?? node.identity.signal);
      node.ledger.addRule(rule);
      return rule;
    },
    created: (itemCount, reason) => node.ledger.report('created', itemCount, reason),
    merged: (itemCount, reason) => node.ledger.report('merged', itemCount, reason),
    reportLoss: (reason, message) => {
      node.lastLoss = { reason, message, atMillis: surroundings.clock.now() };
    },
    reportStatus: (message, kind) => {
      node.error = message;
      node.status.report(message, kind);
    },
  };
}

function receiverFinder(registry: Registry): ComponentContext['findReceiver'] {
  return async (name) => {
    const { findReceiver } = await import('./nested/find-receiver.ts');
    return findReceiver(registry, name);
  };
}

function onRejected({ rejections }: Node, { senders }: Surroundings): ComponentContext['onRejected'] {
  if (rejections === undefined) return undefined;
  return (request) => {
    rejections.add(request);
    senders?.monitor?.rejected(request);
  };
}
