import { SIGNAL_NAMES, type Signal } from '@otelier/otlp';
import type { z } from 'zod';
import { tenantsOfPipeline } from '../tenants/pipeline-tenants.ts';
import { applySchema } from './apply.ts';
import { type Diagnostic, formatPath, type Position } from './config-error.ts';
import type { PipelineConfig, Reference, ServiceConfig } from './model.ts';
import { fieldsByUserName } from './names.ts';
import { correctKeys, formatList, nearest, suggestion } from './nearest.ts';
import { serviceSchema } from './service-schema.ts';
import { emptyMap, isEmptyTree, type MapTree, type Tree } from './tree.ts';

/** The `service` section, and whether all of its pipelines could be read. */
export interface ReadService {
  readonly service: ServiceConfig['service'];
  /** If false, checks across pipelines would only report consequences of other errors. */
  readonly isComplete: boolean;
}

/** Reads the `service` section and reports errors. */
export function readService(part: Tree, position: Position, errors: Diagnostic[]): ReadService {
  const applied = applySchema(serviceSchema, part, ['service']);
  errors.push(...applied.errors);
  const value: z.output<typeof serviceSchema> = applied.ok ? applied.value : serviceSchema.parse({});
  const pipelines = subtree(part, 'pipelines', SERVICE_KEYS);
  const read =
    pipelines?.kind === 'map' ? readPipelines(pipelines, value.pipelines, errors) : { pipelines: [], isComplete: true };
  if (isEmptyTree(part) || (part.kind === 'map' && (pipelines === undefined || isEmptyTree(pipelines)))) {
    const path = formatPath(['service', 'pipelines']);
    const message = 'expected at least one pipeline, such as "traces", got none';
    errors.push({ severity: 'error', position, path, message });
  }
  const service = {
    position,
    extensions: references(subtree(part, 'extensions', SERVICE_KEYS)),
    telemetry: value.telemetry,
    memoryLimitBytes: value.memory.limit,
    tenants: value.tenants,
    workers: value.workers,
    shutdownTimeoutMillis: value.shutdownTimeout,
    pipelines: read.pipelines,
  };
  return { service, isComplete: read.isComplete && applied.ok };
}

const SERVICE_KEYS = [...fieldsByUserName(serviceSchema).keys()];
const ROLES = ['receivers', 'processors', 'exporters'] as const;
const PIPELINE_KEYS = [...ROLES, 'tenants'] as const;

function readPipelines(
  pipelines: MapTree,
  values: z.output<typeof serviceSchema>['pipelines'],
  errors: Diagnostic[],
): { pipelines: PipelineConfig[]; isComplete: boolean } {
  const result: PipelineConfig[] = [];
  let isComplete = true;
  for (const [id, pipeline] of pipelines.entries) {
    const position = pipelines.keyPositions.get(id) ?? pipelines.at;
    const path = ['service', 'pipelines', id];
    const name = id.split('/', 1)[0] ?? '';
    const signal = isSignal(name) ? name : nearest(name, SIGNAL_NAMES);
    if (signal !== name) {
      const message = `expected a pipeline named after ${formatList(SIGNAL_NAMES)}, got "${name}"${suggestion(name, SIGNAL_NAMES)}`;
      errors.push({ severity: 'error', position, path: formatPath(path), message });
      isComplete = false;
    }
    if (signal === undefined || !isSignal(signal)) continue;
    for (const role of ['receivers', 'exporters'] as const) {
      const list = subtree(pipeline, role, PIPELINE_KEYS);
      if ((pipeline.kind !== 'map' && !isEmptyTree(pipeline)) || (list !== undefined && !isEmptyTree(list))) continue;
      const message = `expected at least one ${role.slice(0, -1)}, got none`;
      errors.push({ severity: 'error', position: list?.at ?? position, path: formatPath([...path, role]), message });
    }
    const [receivers = [], processors = [], exporters = []] = ROLES.map((role) =>
      references(subtree(pipeline, role, PIPELINE_KEYS)),
    );
    result.push({ id, signal, receivers, processors, exporters, position });
  }
  const tenants = result.map(({ id, signal }) => ({ signal, tenants: values[id]?.tenants }));
  const withTenants = result.map((pipeline): PipelineConfig => {
    const found = tenantsOfPipeline(values[pipeline.id]?.tenants, pipeline.signal, tenants);
    if (found !== 'none') return { ...pipeline, tenants: found };
    const path = formatPath(['service', 'pipelines', pipeline.id, 'tenants']);
    const message = `expected another pipeline of ${pipeline.signal} with a list of tenants besides "others", found none`;
    errors.push({ severity: 'error', position: pipeline.position, path, message });
    return pipeline;
  });
  return { pipelines: withTenants, isComplete };
}

/** Returns the strings in a list with their positions. The schema reports other values. */
function references(list: Tree | undefined): Reference[] {
  if (list?.kind !== 'list') return [];
  return list.items.flatMap((item) =>
    item.kind === 'scalar' && typeof item.value === 'string' ? [{ id: item.value, position: item.at }] : [],
  );
}

/** Returns the value of a key that may be misspelled. `names` are the valid keys. */
function subtree(tree: Tree, name: string, names: readonly string[]): Tree | undefined {
  const { entries } = tree.kind === 'map' ? tree : emptyMap(tree.at);
  const [misspelled] = [...correctKeys(entries.keys(), names)].find(([, correct]) => correct === name) ?? [];
  return entries.get(name) ?? entries.get(misspelled ?? '');
}

function isSignal(name: string): name is Signal {
  return SIGNAL_NAMES.includes(name as Signal);
}
