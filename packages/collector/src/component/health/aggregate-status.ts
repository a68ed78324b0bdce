import type { ComponentStatus, StatusKind } from '../host.ts';

/** The status of a component, or of several together. */
export interface AggregateStatus {
  readonly status: StatusKind;
  readonly error: string | undefined;
  /** Since when it has this status, in milliseconds since the Unix epoch. */
  readonly atMillis: number;
  /** The parts by name: `pipeline:traces`, `exporter:otlp_grpc`. */
  readonly components: ReadonlyMap<string, AggregateStatus>;
}

/** The error that determines the status of several components which have different ones. */
export type ErrorPriority = 'permanent' | 'recoverable';

/**
 * Aggregates the statuses of components: those of each pipeline (`pipeline:traces`) and of the extensions (`extensions`),
 * and these to the status of the process. The rules are those of the Collector.
 */
export function aggregateStatus(
  statuses: readonly ComponentStatus[],
  priority: ErrorPriority = 'permanent',
): AggregateStatus {
  const scopes = new Map<string, Map<string, AggregateStatus[]>>();
  for (const one of statuses) {
    const names = one.kind === 'extension' ? ['extensions'] : one.pipelines.map((id) => `pipeline:${id}`);
    for (const name of names) {
      const components = scopes.get(name) ?? new Map<string, AggregateStatus[]>();
      scopes.set(name, components);
      const id = `${one.kind}:${one.component}`;
      components.set(id, [...(components.get(id) ?? []), { ...one, components: NONE }]);
    }
  }
  const inOrder = [...scopes].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const aggregated = inOrder.map(([name, components]): [string, AggregateStatus] => {
    // An instance in each thread, or for each signal, is one component.
    const parts = [...components].map(([id, instances]): [string, AggregateStatus] => [
      id,
      sum(instances, NONE, priority),
    ]);
    return [
      name,
      sum(
        parts.map(([, part]) => part),
        new Map(parts),
        priority,
      ),
    ];
  });
  return sum(
    aggregated.map(([, part]) => part),
    new Map(aggregated),
    priority,
  );
}

const NONE: ReadonlyMap<string, AggregateStatus> = new Map();

function sum(
  parts: readonly AggregateStatus[],
  components: ReadonlyMap<string, AggregateStatus>,
  priority: ErrorPriority,
): AggregateStatus {
  const status = sumKinds(new Set(parts.map((part) => part.status)), priority);
  const same = parts.filter((part) => part.status === status).toSorted((a, b) => a.atMillis - b.atMillis);
  // An error lasts since the first part has it; otherwise the last change counts.
  const event = status.endsWith('_error') ? same[0] : same.at(-1);
  return { status, error: event?.error, atMillis: event?.atMillis ?? 0, components };
}

function sumKinds(kinds: ReadonlySet<StatusKind>, priority: ErrorPriority): StatusKind {
  const [only] = kinds;
  if (only === undefined) return 'ok';
  if (kinds.size === 1) return only;
  const errors: readonly StatusKind[] = ['permanent_error', 'recoverable_error'];
  const order: readonly StatusKind[] = priority === 'permanent' ? errors : errors.toReversed();
  const found = [...order, 'starting' as const, 'stopping' as const].find((kind) => kinds.has(kind));
  if (found !== undefined) return found;
  return kinds.has('stopped') ? 'stopping' : 'ok';
}

const NAMES: Readonly<Record<StatusKind, string>> = {
  starting: 'StatusStarting',
  ok: 'StatusOK',
  recoverable_error: 'StatusRecoverableError',
  permanent_error: 'StatusPermanentError',
  stopping: 'StatusStopping',
  stopped: 'StatusStopped',
};

/** Returns the Collector's name of a status. */
export function statusName(status: StatusKind): string {
  return NAMES[status];
}
