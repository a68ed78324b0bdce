import type { Signal } from '@otelier/otlp';
import type { SourcePlace } from '../report.ts';

/** A mapping of the output. */
export type OutputMap = Record<string, unknown>;

type Kind = 'receivers' | 'processors' | 'connectors' | 'exporters' | 'extensions';

/** A pipeline of the output. */
interface OutputPipeline {
  readonly receivers: string[];
  readonly processors: string[];
  readonly exporters: string[];
}

/** Telemetry of a receiver on the way to exporters. */
interface Way {
  readonly signal: Signal;
  readonly receiver: string;
  readonly processors: readonly string[];
  readonly exporters: Set<string>;
}

/** Builds a configuration of otelier. */
export class ConfigBuilder {
  readonly #components: Record<Kind, OutputMap> = {
    extensions: {},
    receivers: {},
    processors: {},
    connectors: {},
    exporters: {},
  };
  readonly #pipelines: Record<string, OutputPipeline> = {};
  readonly #places = new Map<string, SourcePlace>();
  readonly #ways: Way[] = [];

  /** Adds a component and returns its ID, which has the name only if another component needs it to be different. */
  add(kind: Kind, type: string, name: string, config: OutputMap): string {
    const id = this.#freeId(this.#components[kind], type, idName(name));
    this.#components[kind][id] = config;
    return id;
  }

  /** Adds a component once: returns the ID of an equal one. */
  share(kind: Kind, type: string, name: string, config: OutputMap): string {
    const known = Object.entries(this.#components[kind]).find(
      ([id, other]) => id.split('/')[0] === type && JSON.stringify(other) === JSON.stringify(config),
    );
    return known?.[0] ?? this.add(kind, type, name, config);
  }

  /** Returns the configuration of a component. */
  get(kind: Kind, id: string): OutputMap | undefined {
    return this.#components[kind][id] as OutputMap | undefined;
  }

  /** Remembers the place in the source that a component comes from. */
  setPlace(kind: Kind, id: string, place: SourcePlace): void {
    this.#places.set(`${kind}.${id}`, place);
  }

  /** Returns the place in the source that a component comes from. */
  placeOf(kind: string, id: string): SourcePlace | undefined {
    return this.#places.get(`${kind}.${id}`);
  }

  /**
   * Connects a receiver with exporters through processors. Ways with the same processors become one pipeline if their
   * receivers have the same exporters.
   */
  connect(signal: Signal, receiver: string, processors: readonly string[], exporters: readonly string[]): void {
    const known = this.#ways.find(
      (way) => way.signal === signal && way.receiver === receiver && way.processors.join() === processors.join(),
    );
    if (known !== undefined) for (const exporter of exporters) known.exporters.add(exporter);
    else this.#ways.push({ signal, receiver, processors, exporters: new Set(exporters) });
  }

  #connectWays(): void {
    const keyOf = ({ signal, processors, exporters }: Way) =>
      [signal, ...processors, '', ...[...exporters].sort()].join(' ');
    for (const ways of Map.groupBy(this.#ways, keyOf).values()) {
      const [{ signal, processors, exporters } = this.#ways[0] as Way] = ways;
      const receivers = ways.map(({ receiver }) => receiver);
      if (exporters.size > 0)
        this.#pipeline(signal, { receivers, processors: [...processors], exporters: [...exporters] });
    }
    this.#ways.length = 0;
  }

  #pipeline(signal: Signal, pipeline: OutputPipeline): void {
    this.#pipelines[this.#freeId(this.#pipelines, signal, '')] = pipeline;
  }

  /** Returns the configuration, without empty sections. */
  build(): OutputMap {
    this.#connectWays();
    const config: OutputMap = {};
    for (const [kind, components] of Object.entries(this.#components))
      if (Object.keys(components).length > 0) config[kind] = components;
    const extensions = Object.keys(this.#components.extensions);
    config['service'] = { ...(extensions.length > 0 && { extensions }), pipelines: this.#pipelines };
    return config;
  }

  #freeId(known: OutputMap | Record<string, OutputPipeline>, type: string, name: string): string {
    const base = name === '' ? type : `${type}/${name}`;
    let id = base;
    for (let number = 2; id in known; number++) id = name === '' ? `${type}/${number}` : `${base}-${number}`;
    return id;
  }
}

/** Converts a text to the name in the ID of a component. */
function idName(text: string): string {
  return text
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 60);
}
