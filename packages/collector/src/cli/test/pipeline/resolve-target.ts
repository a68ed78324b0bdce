import type { Signal } from '@otelier/otlp';
import type { Diagnostic } from '../../../config/config-error.ts';
import type { PipelineConfig, Reference, ServiceConfig } from '../../../config/model.ts';
import { formatList, suggestion } from '../../../config/nearest.ts';
import { errorAt } from '../file/context.ts';
import type { Named, PipelineTest, TestTarget } from '../file/model.ts';
import { pipelinesAfter, reachablePipelines, type TestedGraph, type TestOutput } from './tested-config.ts';

/** The pipelines under test and their outputs, or the errors in the test. */
export type ResolvedTarget =
  | { readonly ok: true; readonly graph: TestedGraph; readonly outputs: readonly TestOutput[] }
  | { readonly ok: false; readonly errors: readonly Diagnostic[] };

/** ID of the exporter of pipelines that a test of components adds. */
export const ADDED_OUTPUT = 'output';

/** Finds the pipelines that a test runs, and checks the names in the test against them. */
export function resolveTarget(test: PipelineTest, index: number, config: ServiceConfig): ResolvedTarget {
  const errors: Diagnostic[] = [];
  const path = (...keys: (string | number)[]) => `tests[${index}].${keys.join('.')}`;
  const signals = signalsOf(test);
  const graph = graphOf(test.target, signals, config, (named, key, message) =>
    errors.push(errorAt(named.position, path(key), message)),
  );
  if (graph === undefined || errors.length > 0) return { ok: false, errors };
  const entered = graph.pipelines.filter(({ id }) => graph.entered.has(id));
  for (const step of test.given) {
    if (step.kind !== 'input') continue;
    for (const { signal } of step.requests) {
      if (entered.some((pipeline) => pipeline.signal === signal)) continue;
      const accepted = formatList([...new Set(entered.map((pipeline) => pipeline.signal))]);
      errors.push(errorAt(step.position, step.path, `expected ${accepted}, got ${signal}`));
    }
  }
  const outputs = outputsOf(graph, config);
  errors.push(...checkOutputs(test, outputs));
  for (const { component, position, path: place } of test.dropped) {
    const known = componentsOf(graph, config);
    if (known.has(component)) continue;
    const message = `expected a component under test (${formatList([...known])}), got "${component}"${suggestion(component, known)}`;
    errors.push(errorAt(position, place, message));
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, graph, outputs };
}

type Report = (named: Pick<Named, 'position'>, key: string, message: string) => void;

function signalsOf({ given }: PipelineTest): readonly Signal[] {
  const requests = given.flatMap((step) => (step.kind === 'input' ? step.requests : []));
  return [...new Set(requests.map(({ signal }) => signal))];
}

function graphOf(
  target: TestTarget,
  signals: readonly Signal[],
  config: ServiceConfig,
  report: Report,
): TestedGraph | undefined {
  if (target.kind === 'components') return componentGraph(target, signals, config, report);
  const { pipelines } = config.service;
  const { id, kind } = target;
  const entered = pipelines.filter((pipeline) =>
    kind === 'pipeline' ? pipeline.id === id : pipeline.receivers.some((receiver) => receiver.id === id),
  );
  if (entered.length > 0)
    return { pipelines: reachablePipelines(config, entered), entered: new Set(entered.map((pipeline) => pipeline.id)) };
  const names =
    kind === 'pipeline'
      ? pipelines.map((pipeline) => pipeline.id)
      : [...new Set(pipelines.flatMap(({ receivers }) => receivers.map((receiver) => receiver.id)))];
  report(
    target,
    kind,
    `expected a ${kind} of the configuration (${formatList(names)}), got "${id}"${suggestion(id, names)}`,
  );
  return undefined;
}

/** Returns a pipeline of the given processors, which ends with the given connector or a recorder. */
function componentGraph(
  target: Extract<TestTarget, { kind: 'components' }>,
  signals: readonly Signal[],
  config: ServiceConfig,
  report: Report,
): TestedGraph | undefined {
  const [signal, ...others] = signals;
  if (signal === undefined || others.length > 0) {
    const got = signal === undefined ? 'none' : formatList(signals, 'and');
    report(target, 'components', `expected telemetry of one signal for a list of components, got ${got}`);
    return undefined;
  }
  const connector = target.components.find(({ id }) => config.connectors.has(id));
  for (const [index, component] of target.components.entries()) {
    const message = componentError(component, signal, config, index === target.components.length - 1);
    if (message !== undefined) report(component, `components[${index}]`, message);
  }
  const { position } = target;
  const processors = target.components.filter((component) => component !== connector);
  const pipeline: PipelineConfig = {
    id: unusedId(signal, config),
    signal,
    position,
    receivers: [],
    processors: processors.map(({ id, position: at }) => ({ id, position: at })),
    exporters: [{ id: connector?.id ?? ADDED_OUTPUT, position }],
  };
  const next = connector === undefined ? [] : pipelinesOf(connector, signal, config);
  return { pipelines: [pipeline, ...next], entered: new Set([pipeline.id]) };
}

/** Returns the ID of a pipeline that the configuration does not have. */
function unusedId(signal: Signal, { service }: ServiceConfig): string {
  const ids = new Set(service.pipelines.map(({ id }) => id));
  let id = `${signal}/test`;
  while (ids.has(id)) id += '_';
  return id;
}

function componentError({ id }: Named, signal: Signal, config: ServiceConfig, isLast: boolean): string | undefined {
  const processor = config.processors.get(id);
  if (processor !== undefined) {
    const { signals } = processor.definition;
    return signals.includes(signal)
      ? undefined
      : `expected a processor of ${signal}, got "${id}", which processes ${formatList(signals)}`;
  }
  const connector = config.connectors.get(id);
  const names = [...config.processors.keys(), ...config.connectors.keys()];
  if (connector === undefined)
    return `expected a processor or connector of the configuration (${formatList(names)}), got "${id}"${suggestion(id, names)}`;
  if (!isLast) return `expected a connector at the end of the list, got "${id}" before other components`;
  return connector.definition.joins[signal] === undefined
    ? `expected a connector from ${signal}, got "${id}"`
    : undefined;
}

/** Returns the pipelines after a connector without their processors; if the configuration has none, one for each signal. */
function pipelinesOf(connector: Named, signal: Signal, config: ServiceConfig): PipelineConfig[] {
  const { id, position } = connector;
  const exporters: Reference[] = [{ id: ADDED_OUTPUT, position }];
  const configured = pipelinesAfter(config, id, signal);
  if (configured.length > 0) return configured.map((pipeline) => ({ ...pipeline, processors: [], exporters }));
  const joined = config.connectors.get(id)?.definition.joins[signal] ?? [];
  return joined.map((joins) => ({
    ...{ id: joins === signal ? `${joins}/output` : joins, signal: joins, position },
    ...{ receivers: [{ id, position }], processors: [], exporters },
  }));
}

function outputsOf({ pipelines }: TestedGraph, { connectors }: ServiceConfig): TestOutput[] {
  return pipelines.flatMap(({ id: pipeline, signal, exporters }) =>
    exporters.filter(({ id }) => !connectors.has(id)).map(({ id: exporter }) => ({ pipeline, exporter, signal })),
  );
}

/** Returns the outputs that an expectation selects. */
export function selectOutputs(
  { exporter, pipeline, signal }: Pick<PipelineTest['outputs'][number], 'exporter' | 'pipeline' | 'signal'>,
  outputs: readonly TestOutput[],
): readonly TestOutput[] {
  return outputs.filter(
    (output) =>
      (exporter === undefined || output.exporter === exporter.id) &&
      (pipeline === undefined || output.pipeline === pipeline.id) &&
      (signal === undefined || output.signal === signal),
  );
}

function checkOutputs({ outputs: expected }: PipelineTest, outputs: readonly TestOutput[]): Diagnostic[] {
  return expected.flatMap((output): Diagnostic[] => {
    for (const key of ['exporter', 'pipeline'] as const) {
      const named = output[key];
      const names = [...new Set(outputs.map((one) => one[key]))];
      if (named === undefined || names.includes(named.id)) continue;
      const hint = suggestion(named.id, names);
      const message = `expected ${key === 'exporter' ? 'an exporter' : 'a pipeline with an exporter'} under test (${formatList(names)}), got "${named.id}"${hint}`;
      return [errorAt(named.position, `${output.path}.${key}`, message)];
    }
    const selected = selectOutputs(output, outputs);
    if (selected.length === 0)
      return [
        errorAt(output.position, output.path, `expected an output of ${output.signal ?? 'this signal'}, got none`),
      ];
    if (output.exporter === undefined && output.pipeline === undefined && selected.length > 1) {
      const names = selected.map(({ pipeline, exporter }) => `${exporter} of ${pipeline}`);
      return [
        errorAt(
          output.position,
          output.path,
          `expected exporter or pipeline, because there are several outputs (${formatList(names, 'and')}), got neither`,
        ),
      ];
    }
    const signals = [...new Set(selected.map(({ signal }) => signal))];
    if (signals.length > 1 && output.count === undefined)
      return [
        errorAt(
          output.position,
          output.path,
          `expected signal (${formatList(signals)}), because the output has several, got none`,
        ),
      ];
    return [];
  });
}

/** Returns the processors and connectors under test, as they are named in the configuration. */
function componentsOf({ pipelines }: TestedGraph, { connectors }: ServiceConfig): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { processors, exporters } of pipelines) {
    for (const { id } of processors) names.add(`processors/${id}`);
    for (const { id } of exporters) if (connectors.has(id)) names.add(`connectors/${id}`);
  }
  return names;
}
