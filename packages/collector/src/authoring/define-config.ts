import type { Signal } from '@otelier/otlp';
import type { z } from 'zod';
import type { ComponentKind } from '../component/contract.ts';
import type { Definition } from '../component/define.ts';
import type { serviceSchema } from '../config/service-schema.ts';
import type { FunctionProcessor } from '../functions/function-processor.ts';
import type { AggregateFunction } from '../functions/kinds/aggregate.ts';
import type { RouteFunction } from '../functions/kinds/route.ts';
import type { TailSampleFunction } from '../functions/kinds/tail-sample.ts';
import type {
  ConnectorTypes,
  ExporterTypes,
  ExtensionTypes,
  ProcessorTypes,
  ReceiverTypes,
} from './component-types.generated.ts';
import type { ConfigFileInput } from './config-file-input.ts';

/** The IDs of the components of a kind: `batch`, `batch/large`. */
type ComponentId<Types> = (keyof Types & string) | `${keyof Types & string}/${string}`;

/** The configuration of a component by its ID, as in a configuration file. */
type ConfigOf<Types, Id> = Id extends `${infer Type}/${string}` ? ConfigOfType<Types, Type> : ConfigOfType<Types, Id>;

type ConfigOfType<Types, Type> = Type extends keyof Types
  ? Types[Type] extends { readonly config: infer Schema extends z.ZodType }
    ? ConfigFileInput<z.input<Schema>> | null
    : never
  : never;

/** The types that a configuration defines in `components`. */
type OwnComponents = Readonly<Record<string, Definition>>;

type NoComponents = Readonly<Record<never, never>>;

/** Those of a kind. */
type Own<Components, Kind extends ComponentKind> = {
  readonly [Type in keyof Components as Components[Type] extends { readonly kind: Kind }
    ? Type
    : never]: Components[Type];
};

/** A processor: a function with any name, or the configuration of a component. */
type ProcessorOf<Types, Id> =
  | (Id extends ComponentId<Types> ? ConfigOf<Types, Id> : never)
  | FunctionProcessor
  | TailSampleFunction;

/** A connector: a function with any name, or the configuration of a component. */
type ConnectorOf<Types, Id> =
  | (Id extends ComponentId<Types> ? ConfigOf<Types, Id> : never)
  | RouteFunction
  | AggregateFunction;

/** The settings of `service` other than its components. */
type ServiceSettings = Omit<ConfigFileInput<z.input<typeof serviceSchema>>, 'extensions' | 'pipelines'>;

/**
 * A configuration whose parameters are the IDs of its components, so that extensions and pipelines can name only
 * components that it defines.
 */
export interface Config<
  Receivers extends string,
  Processors extends string,
  Exporters extends string,
  Connectors extends string,
  Extensions extends string,
  Components extends OwnComponents = NoComponents,
> {
  /** Components that this module or those that it imports define, by the types that they have in this configuration. */
  readonly components?: Components;
  readonly receivers?: { readonly [Id in Receivers]: ConfigOf<ReceiverTypes & Own<Components, 'receiver'>, Id> };
  readonly processors?: { readonly [Id in Processors]: ProcessorOf<ProcessorTypes & Own<Components, 'processor'>, Id> };
  readonly exporters?: { readonly [Id in Exporters]: ConfigOf<ExporterTypes & Own<Components, 'exporter'>, Id> };
  readonly connectors?: { readonly [Id in Connectors]: ConnectorOf<ConnectorTypes & Own<Components, 'connector'>, Id> };
  readonly extensions?: { readonly [Id in Extensions]: ConfigOf<ExtensionTypes & Own<Components, 'extension'>, Id> };
  readonly service: ServiceSettings & {
    readonly extensions?: readonly NoInfer<Extensions>[];
    readonly pipelines: {
      readonly [Id in Signal | `${Signal}/${string}`]?: {
        readonly receivers: readonly NoInfer<Receivers | Connectors>[];
        readonly processors?: readonly NoInfer<Processors>[];
        readonly exporters: readonly NoInfer<Exporters | Connectors>[];
        readonly tenants?: readonly string[] | 'others';
      };
    };
  };
}

/**
 * Returns a configuration unchanged. Its types check the fields of components, and that pipelines name only components
 * that it defines.
 */
export function defineConfig<
  Receivers extends ComponentId<ReceiverTypes> | ComponentId<Own<Components, 'receiver'>> = never,
  Processors extends string = never,
  Exporters extends ComponentId<ExporterTypes> | ComponentId<Own<Components, 'exporter'>> = never,
  Connectors extends string = never,
  Extensions extends ComponentId<ExtensionTypes> | ComponentId<Own<Components, 'extension'>> = never,
  const Components extends OwnComponents = NoComponents,
>(
  config: Config<Receivers, Processors, Exporters, Connectors, Extensions, Components>,
): Config<Receivers, Processors, Exporters, Connectors, Extensions, Components> {
  return config;
}
