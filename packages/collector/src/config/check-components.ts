import type { Signal } from '@otelier/otlp';
import type { ComponentKind } from '../component/contract.ts';
import type { ConfigIssue, Definition, ListenAddress, RunningComponent } from '../component/define.ts';
import { checkSending } from '../component/sending/check.ts';
import { SECTIONS } from './components.ts';
import { type Diagnostic, formatPath } from './config-error.ts';
import { ListenConflicts, type Listening } from './listen-conflicts.ts';
import type { ConfiguredComponent, PipelineConfig, Reference, ServiceConfig } from './model.ts';
import { namesOf } from './registry.ts';
import { positionOf } from './tree.ts';

/**
 * Returns errors in how components are used, in their files and in their addresses, so that a valid configuration also
 * starts. If there are no other errors (`isValid`), it also checks components against each other. `written` has the IDs
 * of all extensions, including those with errors; `undefined` if the configuration has others.
 */
export function checkComponents(
  config: ServiceConfig,
  written: ReadonlySet<string> | undefined,
  isValid: boolean,
): Diagnostic[] {
  const errors: Diagnostic[] = [];
  const running = runningComponents(config);
  const described = [...running.keys()].map(describe);
  const others = isValid ? described : undefined;
  const extensions = written === undefined ? undefined : extensionsById(config, written, described);
  const conflicts = new ListenConflicts<ConfiguredComponent>();
  const { pipelines } = config.service;
  const inputsOf = pipelinesById(pipelines, ({ exporters }) => exporters);
  const outputsOf = pipelinesById(pipelines, ({ receivers }) => receivers);
  const receiverTypes = namesOf(config.registry, 'receiver');
  for (const [component, signals] of running) {
    const definition: Definition = component.definition;
    // The configuration was parsed with the definition's schema.
    const { id, kind, type } = component;
    const [inputs = [], outputs = []] = [inputsOf.get(id), outputsOf.get(id)];
    const use = { id, kind, type, signals, inputs, outputs, running: others, extensions, receiverTypes };
    const issues = [
      ...(definition.kind === 'exporter' && definition.sending ? checkSending(component.config as never, use) : []),
      ...(definition.check?.(component.config as never, use) ?? []),
    ];
    errors.push(...issues.map((issue) => diagnostic(component, issue)));
    if (issues.length > 0) continue;
    for (const address of definition.listens?.(component.config as never) ?? []) {
      const conflict = conflicts.add({ owner: component, address });
      if (conflict)
        errors.push(diagnostic(component, { path: address.path, message: describeConflict(address, conflict) }));
    }
  }
  return isValid && errors.length === 0 ? unused(config, running) : errors;
}

/** Returns the components that the service runs, in source order, with the signals of their pipelines. */
function runningComponents(config: ServiceConfig): ReadonlyMap<ConfiguredComponent, readonly Signal[]> {
  const running = new Map<ConfiguredComponent, Set<Signal>>();
  const add = (component: ConfiguredComponent | undefined, signal?: Signal) => {
    if (component === undefined) return;
    const signals = running.get(component) ?? new Set();
    if (signal !== undefined) signals.add(signal);
    running.set(component, signals);
  };
  for (const { id } of config.service.extensions) add(config.extensions.get(id));
  for (const { receivers, processors, exporters, signal } of config.service.pipelines) {
    for (const { id } of receivers) add(config.receivers.get(id) ?? config.connectors.get(id), signal);
    for (const { id } of processors) add(config.processors.get(id), signal);
    for (const { id } of exporters) add(config.exporters.get(id) ?? config.connectors.get(id), signal);
  }
  const inOrder = [...running].toSorted(
    ([{ position: a }], [{ position: b }]) => a.line - b.line || a.column - b.column,
  );
  return new Map(inOrder.map(([component, signals]) => [component, [...signals]]));
}

/** Returns the extensions that the service runs, and those that it may run once their errors are repaired. */
function extensionsById(
  { extensions, service }: ServiceConfig,
  written: ReadonlySet<string>,
  running: readonly RunningComponent[],
): ReadonlyMap<string, RunningComponent | undefined> {
  const ids = [...written, ...service.extensions.map(({ id }) => id)];
  const byId = new Map<string, RunningComponent | undefined>();
  for (const id of ids) if (!extensions.has(id)) byId.set(id, undefined);
  for (const one of running) if (one.kind === 'extension') byId.set(one.id, one);
  return byId;
}

/** Groups pipelines by the IDs of the components they refer to. */
function pipelinesById(
  pipelines: readonly PipelineConfig[],
  referencesOf: (pipeline: PipelineConfig) => readonly Reference[],
): ReadonlyMap<string, readonly PipelineConfig[]> {
  const byId = new Map<string, PipelineConfig[]>();
  for (const pipeline of pipelines) {
    for (const id of new Set(referencesOf(pipeline).map((reference) => reference.id))) {
      const found = byId.get(id);
      if (found === undefined) byId.set(id, [pipeline]);
      else found.push(pipeline);
    }
  }
  return byId;
}

function describe({ id, kind, type, config, definition }: ConfiguredComponent): RunningComponent {
  const authenticates = (definition.kind === 'extension' && definition.authenticates?.(config)) || [];
  const offersStorage = definition.kind === 'extension' && definition.offersStorage === true;
  const observesEndpoints = definition.kind === 'extension' && definition.observesEndpoints === true;
  return { id, kind, type, config, authenticates, offersStorage, observesEndpoints };
}

function describeConflict({ endpoint }: ListenAddress, { owner, address }: Listening<ConfiguredComponent>): string {
  return `expected an address of its own, got "${endpoint}", which ${formatPath([...pathOf(owner), ...address.path])} uses`;
}

/** Returns a warning for each component that has no effect. */
function unused(config: ServiceConfig, running: ReadonlyMap<ConfiguredComponent, unknown>): Diagnostic[] {
  const sections = [config.receivers, config.processors, config.exporters, config.connectors, config.extensions];
  return sections
    .flatMap((section): ConfiguredComponent[] => [...section.values()])
    .filter((component) => !running.has(component))
    .map((component) => {
      const place = component.kind === 'extension' ? 'service.extensions does not list it' : 'no pipeline uses it';
      return { ...diagnostic(component, { path: [], message: `no effect: ${place}` }), severity: 'warning' };
    });
}

function diagnostic(component: ConfiguredComponent, { path, message }: ConfigIssue): Diagnostic {
  const position = positionOf(component.written, path, component.position);
  return { severity: 'error', position, path: formatPath([...pathOf(component), ...path]), message };
}

const SECTION_OF = Object.fromEntries(Object.entries(SECTIONS).map(([section, kind]) => [kind, section])) as Readonly<
  Record<ComponentKind, string>
>;

function pathOf({ kind, id }: ConfiguredComponent): readonly string[] {
  return [SECTION_OF[kind], id];
}
