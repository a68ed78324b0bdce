import type { Signal } from '@otelier/otlp';
import { type MapTree, plainValue, type Tree } from '../../config/tree.ts';
import type { OutputMap } from '../output/config-builder.ts';
import { RawText } from '../output/raw-text.ts';
import { outputText, variableName } from '../source/references.ts';
import { scalarText } from '../source/section.ts';
import type { AlloyComponents } from './components.ts';
import type { LokiConversion } from './loki.ts';
import type { PrometheusConversion } from './prometheus.ts';
import { listOf } from './targets.ts';

const SIGNALS_OF_OUTPUT: readonly Signal[] = ['traces', 'metrics', 'logs'];

/** Blocks that repeat, by the names of the lists in configurations of the Collector. */
const LISTS: Readonly<Record<string, string>> = {
  action: 'actions',
  policy: 'policies',
  dimension: 'dimensions',
  source: 'sources',
  label: 'labels',
  annotation: 'annotations',
  pod_association: 'pod_association',
  operators: 'operators',
  and_sub_policy: 'and_sub_policy',
  trace_statements: 'trace_statements',
  metric_statements: 'metric_statements',
  log_statements: 'log_statements',
};
const SECRET = /password|secret|token|api_?key|key_pem|credentials/i;
/** Blocks that have no meaning for otelier. */
const DROPPED = new Set(['output', 'debug_metrics', '__label', 'forward_to']);

type Kind = 'receivers' | 'processors' | 'exporters' | 'connectors' | 'extensions';
const KINDS: Readonly<Record<string, Kind>> = {
  receiver: 'receivers',
  processor: 'processors',
  exporter: 'exporters',
  connector: 'connectors',
};
/** Types whose names differ in otelier, beside those that are known as aliases. */
const TYPES: Readonly<Record<string, string>> = { logging: 'debug', awss3: 's3', health_check: 'health_check' };

/** Logs or metrics that come from components of another kind. */
export interface Incoming {
  readonly signal: Signal;
  readonly receiver: string;
  readonly target: string;
}

/** A way of telemetry through components: the processors, and the ID of the last component. */
interface Way {
  readonly processors: readonly string[];
  readonly ends: readonly string[];
}

/** Converts the components `otelcol.…`, whose settings are those of the Collector in another syntax. */
export class OtelcolConversion {
  readonly #components: AlloyComponents;
  readonly #loki: LokiConversion;
  readonly #prometheus: PrometheusConversion;
  readonly #ids = new Map<string, string>();

  constructor(components: AlloyComponents, loki: LokiConversion, prometheus: PrometheusConversion) {
    this.#components = components;
    this.#loki = loki;
    this.#prometheus = prometheus;
  }

  convert(incoming: readonly Incoming[]): void {
    for (const kind of ['receiver', 'connector'])
      for (const key of this.#components.keys(`otelcol.${kind}.`)) {
        // These two receive from components of Alloy only.
        if (/^otelcol\.receiver\.(?:loki|prometheus)\./.test(key)) continue;
        for (const signal of SIGNALS_OF_OUTPUT) this.#connect(signal, key, this.#next(key, signal));
      }
    for (const { signal, receiver, target } of incoming)
      for (const next of this.#next(target, signal)) this.#join(signal, receiver, this.#ways(next, signal, []));
  }

  #connect(signal: Signal, key: string, next: readonly string[]): void {
    if (next.length === 0) return;
    const id = this.#id(key);
    for (const one of next) this.#join(signal, id, this.#ways(one, signal, []));
  }

  #join(signal: Signal, receiver: string, ways: readonly Way[]): void {
    for (const { processors, ends } of ways) this.#components.builder.connect(signal, receiver, processors, ends);
  }

  /** The components behind another one for a signal. */
  #next(key: string, signal: Signal): string[] {
    const section = this.#components.section(key);
    const output = section.section('output');
    return output === undefined || !output.has(signal) ? [] : this.#components.referred(output, signal);
  }

  #ways(key: string, signal: Signal, processors: readonly string[]): Way[] {
    const [, kind, type] = key.split('.');
    const section = this.#components.section(key);
    if (processors.length > 50) {
      section.report.missing(section.place, 'the components form a cycle');
      return [];
    }
    if (kind === 'processor') {
      const id = this.#id(key);
      const next = this.#next(key, signal);
      if (next.length === 0) section.report.missing(section.place, `its ${signal} go nowhere`);
      return next.flatMap((one) => this.#ways(one, signal, [...processors, id]));
    }
    if (type === 'loki' && kind === 'exporter')
      return this.#components.referred(section, 'forward_to').flatMap((target) => {
        if (target.startsWith('loki.write.'))
          return this.#loki
            .destinations(target)
            .map(({ exporter, processors: own }) => ({ processors: [...processors, ...own], ends: [exporter] }));
        section.report.missing(
          section.at('forward_to'),
          `logs of OpenTelemetry do not pass ${target}`,
          'use the processor transform',
        );
        return [];
      });
    if (type === 'prometheus' && kind === 'exporter')
      return this.#components.referred(section, 'forward_to').flatMap((target) => {
        if (target.startsWith('prometheus.remote_write.'))
          return { processors, ends: this.#prometheus.exporters(target) };
        section.report.missing(
          section.at('forward_to'),
          `metrics of OpenTelemetry do not pass ${target}`,
          'use the processor transform',
        );
        return [];
      });
    return [{ processors, ends: [this.#id(key)] }];
  }

  /** Adds a component, and returns its ID. */
  #id(key: string): string {
    let id = this.#ids.get(key);
    if (id !== undefined) return id;
    const { builder, report } = this.#components;
    const section = this.#components.section(key);
    const [, kindName = '', typeName = '', ...label] = key.split('.');
    const kind = KINDS[kindName] ?? 'extensions';
    const type = kind === 'extensions' ? '' : (TYPES[typeName] ?? typeName);
    const config = report.attach(() => this.#config(key, type, kind));
    const name = label.join('.') === 'default' ? '' : label.join('.');
    id = builder.add(kind, type, name, config);
    builder.setPlace(kind, id, section.place);
    this.#ids.set(key, id);
    return id;
  }

  #config(key: string, type: string, kind: Kind): OutputMap {
    const section = this.#components.section(key);
    const tree = mapOfSection(section.keys, (name) => section.tree(name));
    const config = this.#map(tree, key) as OutputMap;
    if (type === 'otlp' && kind === 'receivers') return withProtocols(config);
    if (type === 'memory_limiter') return withMebibytes(config);
    return config;
  }

  #map(tree: ReadonlyMap<string, Tree>, name: string): OutputMap {
    const config: OutputMap = {};
    for (const [key, value] of tree) {
      if (DROPPED.has(key)) continue;
      if (key === 'client' && value.kind === 'map') Object.assign(config, this.#map(value.entries, name));
      else if (key === 'auth' || key === 'storage') this.#refer(config, key, value, name);
      else if (Object.hasOwn(LISTS, key) && holdsMaps(value))
        config[LISTS[key] ?? key] = listOf(value).map((item) => this.#value(item, key, name));
      else config[key] = this.#value(value, key, name);
    }
    return config;
  }

  #value(tree: Tree, key: string, name: string): unknown {
    if (tree.kind === 'list') return tree.items.map((item) => this.#value(item, key, name));
    if (tree.kind === 'map') return key === 'headers' ? this.#headers(tree, name) : this.#map(tree.entries, name);
    if (typeof tree.value !== 'string') return plainValue(tree);
    const text = outputText(tree.value);
    if (text instanceof RawText || !SECRET.test(key) || /_file$|header|source|length/.test(key) || text === '')
      return text;
    return this.#secret(tree, variableName(name, key));
  }

  #headers(tree: MapTree, name: string): OutputMap {
    return Object.fromEntries(
      [...tree.entries].map(([header, value]) => {
        const text = outputText(scalarText(value));
        const isOpen = text instanceof RawText || /^(x-scope-orgid|content-type|user-agent)$/i.test(header);
        return [header, isOpen ? text : this.#secret(value, variableName(name, header))];
      }),
    );
  }

  #secret({ at }: Tree, variable: string): RawText {
    const place = { position: at, path: ['secret'] };
    this.#components.report.changed(
      place,
      `a secret is not copied; the output reads it from the variable ${variable}`,
      `set ${variable} to the value in the source`,
    );
    return new RawText(`\${env:${variable}}`);
  }

  /** Converts references to authenticators and storages. */
  #refer(config: OutputMap, key: string, value: Tree, name: string): void {
    const [reference] = this.#components.refer(value);
    const target = reference?.split('.').slice(0, -1).join('.') ?? '';
    const { builder, report } = this.#components;
    if (reference === undefined || this.#components.block(target) === undefined) {
      if (value.kind === 'map') config[key] = this.#map(value.entries, name);
      else
        report.missing({ position: value.at, path: [...name.split('.'), key] }, 'expected a reference to a component');
      return;
    }
    let id = this.#ids.get(target);
    if (id === undefined) {
      const section = this.#components.section(target);
      const settings = this.#map(
        mapOfSection(section.keys, (one) => section.tree(one)),
        target,
      );
      const [type = '', extension] = extensionOf(target, settings);
      id = builder.add('extensions', type, target.split('.').at(-1) ?? '', extension ?? {});
      builder.setPlace('extensions', id, section.place);
      this.#ids.set(target, id);
    }
    config[key] = key === 'auth' ? { authenticator: id } : id;
  }
}

function extensionOf(key: string, settings: OutputMap): readonly [string, OutputMap] {
  if (key.startsWith('otelcol.auth.basic.')) {
    const { username, password, client_auth: client } = settings;
    return ['basic_auth', { client_auth: client ?? { username, password } }];
  }
  if (key.startsWith('otelcol.auth.bearer.')) return ['bearer_token_auth', settings];
  if (key.startsWith('otelcol.auth.oauth2.')) return ['oauth2_client', settings];
  if (key.startsWith('otelcol.auth.headers.')) return ['headers_setter', settings];
  if (key.startsWith('otelcol.storage.file.')) return ['file_storage', { create_directory: true, ...settings }];
  return [key.split('.').slice(1, 3).join('_'), settings];
}

/** The receiver of Alloy listens on all addresses by default. */
function withProtocols({ grpc, http, ...rest }: OutputMap): OutputMap {
  const server = (settings: unknown, endpoint: string) =>
    settings !== undefined && { endpoint, ...(settings as object) };
  const protocols = {
    ...(grpc !== undefined && { grpc: server(grpc, '0.0.0.0:4317') }),
    ...(http !== undefined && { http: server(http, '0.0.0.0:4318') }),
  };
  return { protocols, ...rest };
}

function holdsMaps(tree: Tree): boolean {
  return tree.kind === 'map' || (tree.kind === 'list' && tree.items.every((item) => item.kind === 'map'));
}

function mapOfSection(keys: readonly string[], treeOf: (key: string) => Tree | undefined): ReadonlyMap<string, Tree> {
  return new Map(
    keys.flatMap((key) => {
      const tree = treeOf(key);
      return tree === undefined ? [] : [[key, tree] as const];
    }),
  );
}

/** Limits of memory have a unit in Alloy, and are numbers of MiB in the Collector. */
function withMebibytes({ limit, spike_limit: spike, ...rest }: OutputMap): OutputMap {
  const mebibytes = (size: unknown) => {
    const [, number, unit = ''] = /^([\d.]+)\s*([KMGT]?)i?B?$/i.exec(String(size)) ?? [];
    return number === undefined
      ? undefined
      : Math.round(Number(number) * 1024 ** (' KMGT'.indexOf(unit.toUpperCase() || ' ') - 2));
  };
  return {
    ...rest,
    ...(limit !== undefined && { limit_mib: mebibytes(limit) }),
    ...(spike !== undefined && { spike_limit_mib: mebibytes(spike) }),
  };
}
