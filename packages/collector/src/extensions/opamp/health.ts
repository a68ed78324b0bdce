import { type AggregateStatus, aggregateStatus, statusName } from '../../component/health/aggregate-status.ts';
import type { ComponentStatus, Health } from '../../component/host.ts';
import type { ComponentHealth } from './messages.ts';

/** What the health of an agent consists of. */
export interface AgentState {
  readonly statuses: readonly ComponentStatus[];
  readonly health: Health;
  readonly startMillis: number;
}

/** Returns the health of this process: that of its pipelines and extensions, each with that of its components. */
export function agentHealth({ statuses, health, startMillis }: AgentState): ComponentHealth {
  const all = healthOf(aggregateStatus(statuses), nanos(startMillis));
  // A store that cannot be written makes the process unhealthy without an error of a component.
  return { ...all, healthy: all.healthy === true && health.accepting };
}

function healthOf(status: AggregateStatus, startTimeUnixNano: bigint): ComponentHealth {
  const parts = [...status.components].map(([name, part]) => [name, healthOf(part, startTimeUnixNano)] as const);
  return {
    healthy: status.status === 'ok',
    startTimeUnixNano,
    status: statusName(status.status),
    statusTimeUnixNano: nanos(status.atMillis),
    ...(status.error !== undefined && { lastError: status.error }),
    ...(parts.length > 0 && { componentHealthMap: new Map(parts) }),
  };
}

function nanos(millis: number): bigint {
  return BigInt(Math.round(millis)) * 1_000_000n;
}
