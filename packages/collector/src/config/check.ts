import type { Signal } from '@otelier/otlp';
import { SIGNALS } from '@otelier/otlp';
import { type Diagnostic, formatPath } from './config-error.ts';
import type { PipelineConfig, Reference, ServiceConfig } from './model.ts';
import { formatList, suggestion } from './nearest.ts';

/**
 * The IDs defined in each section, including those of components with invalid fields. `undefined` if the section cannot
 * be read.
 */
export type WrittenIds = Readonly<Record<Section, ReadonlySet<string> | undefined>>;
type Section = 'receivers' | 'processors' | 'exporters' | 'connectors' | 'extensions';

/**
 * Returns the errors in references between components. Connections between pipelines are checked only if all pipelines
 * are known.
 */
export function checkPlan(config: ServiceConfig, written: WrittenIds, hasAllPipelines: boolean): Diagnostic[] {
  return new PlanCheck(config, written).run(hasAllPipelines);
}

class PlanCheck {
  readonly #errors: Diagnostic[] = [];
  readonly #config: ServiceConfig;
  readonly #written: WrittenIds;
  /** The pipelines that use a component as an exporter, and those that use it as a receiver. */
  readonly #asExporter: ReadonlyMap<string, readonly PipelineConfig[]>;
  readonly #asReceiver: ReadonlyMap<string, readonly PipelineConfig[]>;

  constructor(config: ServiceConfig, written: WrittenIds) {
    this.#config = config;
    this.#written = written;
    this.#asExporter = pipelinesBy(config.service.pipelines, 'exporters');
    this.#asReceiver = pipelinesBy(config.service.pipelines, 'receivers');
  }

  run(hasAllPipelines: boolean): Diagnostic[] {
    const { service, connectors } = this.#config;
    for (const reference of service.extensions) {
      this.#known(reference, ['extensions'], ['service', 'extensions'], 'extension');
    }
    for (const pipeline of service.pipelines) this.#pipeline(pipeline);
    if (!hasAllPipelines) return this.#errors;
    for (const id of connectors.keys()) this.#connector(id);
    this.#cycles();
    return this.#errors;
  }

  #pipeline(pipeline: PipelineConfig): void {
    const path = ['service', 'pipelines', pipeline.id];
    for (const role of ['receivers', 'exporters'] as const) {
      const what = role.slice(0, -1);
      for (const reference of this.#once(pipeline[role], [...path, role])) {
        if (!this.#known(reference, [role, 'connectors'], [...path, role], what)) continue;
        this.#ambiguous(reference, role, [...path, role]);
        const definition = this.#config[role].get(reference.id)?.definition;
        if (definition) this.#serves(reference, definition.signals, pipeline.signal, [...path, role], what);
      }
    }
    for (const reference of this.#once(pipeline.processors, [...path, 'processors'])) {
      if (!this.#known(reference, ['processors'], [...path, 'processors'], 'processor')) continue;
      const definition = this.#config.processors.get(reference.id)?.definition;
      if (definition)
        this.#serves(reference, definition.signals, pipeline.signal, [...path, 'processors'], 'processor');
    }
  }

  /** Checks that a connector ends one pipeline and begins another, with signals that it can connect. */
  #connector(id: string): void {
    const connector = this.#config.connectors.get(id);
    const ending = this.#asExporter.get(id) ?? [];
    const beginning = this.#asReceiver.get(id) ?? [];
    if (!connector || (ending.length === 0 && beginning.length === 0)) return;
    const path = ['connectors', id];
    if (beginning.length === 0) {
      this.#error(
        connector,
        path,
        `expected a pipeline with this connector as a receiver, because it is an exporter of ${names(ending)}; got none`,
      );
    } else if (ending.length === 0) {
      this.#error(
        connector,
        path,
        `expected a pipeline with this connector as an exporter, because it is a receiver of ${names(beginning)}; got none`,
      );
    } else {
      this.#joins(id, ending, beginning);
    }
  }

  #joins(id: string, ending: readonly PipelineConfig[], beginning: readonly PipelineConfig[]): void {
    const joins = this.#config.connectors.get(id)?.definition.joins ?? {};
    const can = (from: Signal, to: Signal) => joins[from]?.includes(to) ?? false;
    for (const from of ending) {
      if (beginning.some((to) => can(from.signal, to.signal))) continue;
      const at = from.exporters.find((reference) => reference.id === id) ?? from;
      const takes = Object.entries(joins).map(([signal, outputs]) => `${signal} to ${formatList(outputs, 'and')}`);
      this.#error(
        at,
        ['service', 'pipelines', from.id, 'exporters'],
        `expected a connector from ${from.signal} to ${formatList([...new Set(beginning.map((to) => to.signal))])}, got "${id}", which joins ${formatList(takes, 'and')}`,
      );
    }
    for (const to of beginning) {
      if (ending.some((from) => can(from.signal, to.signal))) continue;
      const at = to.receivers.find((reference) => reference.id === id) ?? to;
      this.#error(
        at,
        ['service', 'pipelines', to.id, 'receivers'],
        `expected a connector to ${to.signal}, got "${id}", which produces none from ${names(ending)}`,
      );
    }
  }

  /** Rejects cycles of connectors, in which telemetry would circulate forever. */
  #cycles(): void {
    const next = (pipeline: PipelineConfig) =>
      pipeline.exporters
        .filter(({ id }) => this.#written.connectors?.has(id))
        .flatMap(({ id }) => this.#asReceiver.get(id) ?? []);
    const done = new Set<PipelineConfig>();
    for (const first of this.#config.service.pipelines) {
      // The current path of the depth-first search, with each pipeline's unvisited successors.
      const trail = [{ pipeline: first, rest: next(first) }];
      const onTrail = new Set([first]);
      while (!done.has(first)) {
        const last = trail.at(-1);
        if (last === undefined) break;
        const follower = last.rest.pop();
        if (follower === undefined) {
          done.add(last.pipeline);
          onTrail.delete(last.pipeline);
          trail.pop();
        } else if (onTrail.has(follower)) {
          const ids = trail.map(({ pipeline }) => pipeline.id);
          const cycle = [...ids.slice(ids.indexOf(follower.id)), follower.id].join(' → ');
          this.#error(
            follower,
            ['service', 'pipelines', follower.id],
            `expected pipelines without a cycle, got ${cycle}`,
          );
        } else if (!done.has(follower)) {
          trail.push({ pipeline: follower, rest: next(follower) });
          onTrail.add(follower);
        }
      }
    }
  }

  #once(references: readonly Reference[], path: readonly string[]): readonly Reference[] {
    const seen = new Set<string>();
    return references.filter((reference) => {
      if (seen.has(reference.id)) {
        this.#error(reference, path, `expected each component once, got "${reference.id}" again`);
        return false;
      }
      seen.add(reference.id);
      return true;
    });
  }

  #known(reference: Reference, sections: readonly Section[], path: readonly string[], what: string): boolean {
    const written = sections.map((section) => this.#written[section]);
    if (written.some((ids) => ids === undefined || ids.has(reference.id))) return true;
    // Suggestions are omitted after many errors, because comparing names is expensive.
    const ids = this.#errors.length > MAX_HINTS ? [] : written.flatMap((known) => [...(known ?? [])]);
    const isKnown = written.some((known) => known !== undefined && known.size > 0);
    const choice = isKnown ? `(${formatList(ids)})` : `but none is configured under ${sections[0]}`;
    this.#error(
      reference,
      path,
      `expected a configured ${what} ${choice}, got "${reference.id}"${suggestion(reference.id, ids)}`,
    );
    return false;
  }

  #ambiguous(reference: Reference, section: Section, path: readonly string[]): void {
    const both = this.#written[section]?.has(reference.id) && this.#written.connectors?.has(reference.id);
    if (both)
      this.#error(
        reference,
        path,
        `expected an id that is either in ${section} or in connectors, got "${reference.id}", which is in both`,
      );
  }

  #serves(
    reference: Reference,
    signals: readonly Signal[],
    signal: Signal,
    path: readonly string[],
    what: string,
  ): void {
    if (signals.includes(signal)) return;
    this.#error(
      reference,
      path,
      `expected a ${what} of ${SIGNALS[signal].signal}, got "${reference.id}", which serves ${formatList(signals, 'and')}`,
    );
  }

  #error(at: { readonly position: Diagnostic['position'] }, path: readonly string[], message: string): void {
    this.#errors.push({ severity: 'error', position: at.position, path: formatPath(path), message });
  }
}

const MAX_HINTS = 100;

function pipelinesBy(
  pipelines: readonly PipelineConfig[],
  role: 'receivers' | 'exporters',
): ReadonlyMap<string, readonly PipelineConfig[]> {
  const found = new Map<string, PipelineConfig[]>();
  for (const pipeline of pipelines) {
    for (const id of new Set(pipeline[role].map((reference) => reference.id))) {
      const list = found.get(id);
      if (list === undefined) found.set(id, [pipeline]);
      else list.push(pipeline);
    }
  }
  return found;
}

function names(pipelines: readonly PipelineConfig[]): string {
  return formatList(
    pipelines.map(({ id }) => id),
    'and',
  );
}
