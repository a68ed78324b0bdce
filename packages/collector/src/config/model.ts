import type { Signal } from '@otelier/otlp';
import type { ComponentKind } from '../component/contract.ts';
import type {
  ConnectorDefinition,
  Definition,
  ExporterDefinition,
  ExtensionDefinition,
  ProcessorDefinition,
  ReceiverDefinition,
} from '../component/define.ts';
import type { Position } from './config-error.ts';
import type { Environment } from './expand.ts';
import type { TelemetryConfig } from './service-schema.ts';

/** A whole configuration: read, expanded, validated, its components' definitions loaded. */
export interface ServiceConfig {
  readonly receivers: Section<ReceiverDefinition>;
  readonly processors: Section<ProcessorDefinition>;
  readonly exporters: Section<ExporterDefinition>;
  readonly connectors: Section<ConnectorDefinition>;
  readonly extensions: Section<ExtensionDefinition>;
  readonly service: {
    /** Ids of the extensions to run, in the order of their start. */
    readonly extensions: readonly Reference[];
    readonly pipelines: readonly PipelineConfig[];
    readonly telemetry: TelemetryConfig;
    /** Most bytes of telemetry in flight; `undefined` lets otelier choose. */
    readonly memoryLimitBytes: number | undefined;
    /** Threads that run the pipelines. */
    readonly workers: number | 'auto';
    readonly position: Position;
  };
  /** What it was read from: threads cannot be handed definitions, so each reads the same again. */
  readonly origin: ConfigOrigin;
}

/** What a configuration is read from. */
export interface ConfigOrigin {
  /** Later ones are laid over earlier ones. */
  readonly sources: readonly ConfigSource[];
  /** `KEY.KEY=VALUE`, laid over everything. */
  readonly settings?: readonly string[];
  readonly environment: Environment;
}

/** A configuration text and the name that messages call it by. */
export interface ConfigSource {
  readonly name: string;
  readonly text: string;
}

/** The components of one kind by id. */
export type Section<D extends Definition = Definition> = ReadonlyMap<string, ConfiguredComponent<D>>;

/** One component as configured. */
export interface ConfiguredComponent<D extends Definition = Definition> {
  /** As the user wrote it: `batch/2`. */
  readonly id: string;
  readonly kind: ComponentKind;
  /** Name of the definition; an alias is resolved. */
  readonly type: string;
  readonly definition: D;
  readonly config: Readonly<Record<string, unknown>>;
  readonly position: Position;
}

/** One pipeline as configured. */
export interface PipelineConfig {
  /** `traces`, `traces/slow`. */
  readonly id: string;
  readonly signal: Signal;
  readonly receivers: readonly Reference[];
  readonly processors: readonly Reference[];
  readonly exporters: readonly Reference[];
  readonly position: Position;
}

/** An id where something refers to a component. */
export interface Reference {
  readonly id: string;
  readonly position: Position;
}
