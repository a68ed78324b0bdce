import type { Batch, Outcome } from '@otelier/otlp';
import { type Consumer, passOwned, releaseOwned } from '../../component/contract.ts';
import { acceptsTenant, type PipelineTenants } from '../../tenants/pipeline-tenants.ts';
import { createFanOut, joinBranches } from '../fan-out.ts';
import type { Taps } from '../taps.ts';

/** A branch that begins a pipeline, and the tenants whose batches enter it. */
export interface PipelineBranch<C extends Consumer = Consumer> {
  readonly consumer: C;
  /** `undefined` for all. */
  readonly tenants: PipelineTenants | undefined;
}

/** Tenants whose branches are known. Beyond it, those of the oldest are determined again. */
const MAX_KNOWN = 1000;

/**
 * Joins the branches that begin pipelines into a single consumer, which forwards each batch to the pipelines of its tenant. A batch that no
 * pipeline accepts is refused. `taps` observe each batch once, unless there is only one branch.
 */
export function joinPipelines(branches: readonly PipelineBranch[], taps?: Taps): Consumer {
  const consumers = branches.map(({ consumer }) => consumer);
  if (branches.every(({ tenants }) => tenants === undefined)) return joinBranches(consumers, taps);
  const joined = new Map<string, Consumer>();
  const known = new Map<string, Consumer | undefined>();
  const find = (tenant: string): Consumer | undefined => {
    const accepting = branches.filter(({ tenants }) => acceptsTenant(tenants, tenant));
    if (accepting.length === 0) return undefined;
    const key = accepting.map((branch) => branches.indexOf(branch)).join(' ');
    const found =
      joined.get(key) ??
      (branches.length === 1
        ? joinBranches(consumers)
        : createFanOut(
            accepting.map(({ consumer }) => consumer),
            taps,
          ));
    joined.set(key, found);
    return found;
  };
  const consumerOf = ({ context: { tenant } }: Batch): Consumer | undefined => {
    if (known.has(tenant)) return known.get(tenant);
    const found = find(tenant);
    known.set(tenant, found);
    if (known.size > MAX_KNOWN) known.delete(known.keys().next().value ?? '');
    return found;
  };
  const forward = (batch: Batch, pass: (consumer: Consumer) => Outcome | Promise<Outcome>) => {
    const consumer = consumerOf(batch);
    return consumer === undefined ? rejectionOf(batch) : pass(consumer);
  };
  return {
    ...(consumers.every(({ reserve }) => reserve !== undefined) && {
      reserve: (batch) => consumerOf(batch)?.reserve?.(batch) ?? rejectionOf(batch),
    }),
    consume: (batch) => forward(batch, (consumer) => consumer.consume(batch)),
    consumeOwned(batch) {
      if (consumerOf(batch) === undefined) releaseOwned(batch);
      return forward(batch, (consumer) => passOwned(consumer, batch));
    },
  };
}

function rejectionOf({ context: { tenant } }: Batch) {
  const reason = `tenant: expected one whose telemetry a pipeline accepts here, got ${tenant}`;
  return { kind: 'refused', reason } as const;
}
