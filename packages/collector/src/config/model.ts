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
import type { TenantsConfig } from '../tenants/config.ts';
import type { PipelineTenants } from '../tenants/pipeline-tenants.ts';
import type { Position } from './config-error.ts';
import type { Environment } from './expand.ts';
import type { Registry } from './registry.ts';
import type { TelemetryConfig } from './service-schema.ts';
import type { Tree } from './tree.ts';

/** A complete configuration: expanded, validated, and resolved to component definitions. */
export interface ServiceConfig {
  readonly receivers: Section<ReceiverDefinition>;
  readonly processors: Section<ProcessorDefinition>;
  readonly exporters: Section<ExporterDefinition>;
  readonly connectors: Section<ConnectorDefinition>;
  readonly extensions: Section<ExtensionDefinition>;
  readonly service: {
    /** IDs of the extensions to run, in start order. */
    readonly extensions: readonly Reference[];
    readonly pipelines: readonly PipelineConfig[];
    readonly telemetry: TelemetryConfig;
    /** Maximum in-flight telemetry in bytes; `undefined` for the default. */
    readonly memoryLimitBytes: number | undefined;
    /** `undefined` if all telemetry without a credential is of the default tenant. */
    readonly tenants: TenantsConfig | undefined;
    /** Maximum time to forward buffered telemetry when the service stops. */
    readonly shutdownTimeoutMillis: number;
    /** Number of threads that run the pipelines. */
    readonly workers: number | 'auto';
    readonly position: Position;
  };
  /** Absolute paths of the modules that define components, and of those that they import. */
  readonly modules: readonly string[];
  /** The sources of the configuration. Worker threads reload them, because definitions cannot be transferred. */
  readonly origin: ConfigOrigin;
  /** The components that the configuration could use. */
  readonly registry: Registry;
  /** What tells tenants apart, loaded only if the configuration has tenants. */
  readonly tenantsModule?: typeof import('../tenants/create-tenants.ts') | undefined;
}

/** The sources of a configuration. */
export interface ConfigOrigin {
  /** Configuration sources. Later ones override earlier ones. */
  readonly sources: readonly ConfigSource[];
  /** Settings such as `KEY.KEY=VALUE`, which override all sources. */
  readonly settings?: readonly string[];
  readonly environment: Environment;
}

/** The content of a configuration source, and its name in messages. */
export interface ConfigSource {
  readonly name: string;
  readonly text: string;
  /** Whether a module has generated the text, so that positions in it mean nothing to its user. */
  readonly isGenerated?: boolean;
  /** Whether it comes from a management server, and must not change the connection to it. */
  readonly isRemote?: boolean;
}

/** The components of one kind, by ID. */
export type Section<D extends Definition = Definition> = ReadonlyMap<string, ConfiguredComponent<D>>;

/** A configured component. */
export interface ConfiguredComponent<D extends Definition = Definition> {
  /** Component ID in the configuration: `batch/2`. */
  readonly id: string;
  readonly kind: ComponentKind;
  /** Component type, with aliases resolved. */
  readonly type: string;
  readonly definition: D;
  readonly config: Readonly<Record<string, unknown>>;
  readonly position: Position;
  /** The configuration as written, which locates its values. */
  readonly written: Tree;
  /** Whether the configuration has warnings, which each check reports again. */
  readonly hasWarnings?: boolean;
  /** Fingerprints of the files that the configuration names, by path. */
  readonly files: ReadonlyMap<string, string>;
  /** The version of the definition, if a module of the user has it. */
  readonly version?: string;
}

/** A configured pipeline. */
export interface PipelineConfig {
  /** `traces`, `traces/slow`. */
  readonly id: string;
  readonly signal: Signal;
  readonly receivers: readonly Reference[];
  readonly processors: readonly Reference[];
  readonly exporters: readonly Reference[];
  /** The tenants whose batches enter it. Default: all. */
  readonly tenants?: PipelineTenants | undefined;
  readonly position: Position;
}

/** A reference to a component by ID. */
export interface Reference {
  readonly id: string;
  readonly position: Position;
}
