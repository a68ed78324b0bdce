import type { Signal } from '@otelier/otlp';

/** A mapping of the output. */
export type OutputMap = Record<string, unknown>;

type Kind = 'receivers' | 'processors' | 'connectors' | 'exporters' | 'extensions';

/** A pipeline of the output. */
export interface OutputPipeline {
  readonly receivers: string[];
  readonly processors: string[];
  readonly exporters: string[];
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

  /** Adds a pipeline. */
  pipeline(signal: Signal, name: string, pipeline: OutputPipeline): string {
    const id = this.#freeId(this.#pipelines, signal, idName(name));
    this.#pipelines[id] = pipeline;
    return id;
  }

  get hasPipelines(): boolean {
    return Object.keys(this.#pipelines).length > 0;
  }

  /** Returns the configuration, without empty sections. */
  build(): OutputMap {
    const config: OutputMap = {};
    for (const [kind, components] of Object.entries(this.#components))
      if (Object.keys(components).length > 0) config[kind] = components;
    const extensions = Object.keys(this.#components.extensions);
    config['service'] = { ...(extensions.length > 0 && { extensions }), pipelines: this.#pipelines };
    return config;
  }

  #freeId(known: OutputMap | Record<string, OutputPipeline>, type: string, name: string): string {
    if (name === '' && !(type in known)) return type;
    const base = name === '' ? `${type}/2` : `${type}/${name}`;
    let id = base;
    for (let number = 2; id in known; number++) id = `${base}-${number}`;
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
