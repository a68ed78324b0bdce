import type { PipelineGraph } from '@otelier/query';
import type { Health } from '../../component/host.ts';
import type { ComponentHealth } from './messages.ts';

/** What the health of an agent consists of. */
export interface AgentState {
  readonly graph: PipelineGraph;
  readonly health: Health;
  readonly startMillis: number;
  readonly nowMillis: number;
}

/** Returns the health of this process: that of its pipelines, each with that of its components. */
export function agentHealth({ graph, health, startMillis, nowMillis }: AgentState): ComponentHealth {
  const times = { startTimeUnixNano: nanos(startMillis), statusTimeUnixNano: nanos(nowMillis) };
  const pipelines = new Map<string, Map<string, ComponentHealth>>();
  for (const node of graph.nodes) {
    const { kind, component, pipelines: ids } = node;
    const errors = node.problem === undefined ? [] : [node.problem];
    for (const id of ids.map((one) => `pipeline:${one}`)) {
      const parts = pipelines.get(id) ?? new Map<string, ComponentHealth>();
      parts.set(`${kind}:${component}`, { ...times, ...statusOf(errors) });
      pipelines.set(id, parts);
    }
  }
  const errors = health.errors;
  const componentHealthMap = new Map(
    [...pipelines].map(([id, parts]) => {
      const failed = [...parts.values()].flatMap(({ lastError }) => (lastError === undefined ? [] : [lastError]));
      return [id, { ...times, ...statusOf(failed), componentHealthMap: parts }];
    }),
  );
  const status = health.phase === 'running' ? statusOf(errors) : { healthy: false, status: PHASES[health.phase] };
  return { ...times, ...status, healthy: status.healthy && health.accepting, componentHealthMap };
}

const PHASES: Readonly<Record<Health['phase'], string>> = {
  new: 'StatusStarting',
  starting: 'StatusStarting',
  running: 'StatusOK',
  draining: 'StatusStopping',
  stopped: 'StatusStopped',
};

function statusOf(errors: readonly string[]): Pick<ComponentHealth, 'status' | 'lastError'> & { healthy: boolean } {
  const [lastError] = errors;
  if (lastError === undefined) return { healthy: true, status: 'StatusOK' };
  return { healthy: false, status: 'StatusRecoverableError', lastError };
}

function nanos(millis: number): bigint {
  return BigInt(Math.round(millis)) * 1_000_000n;
}
