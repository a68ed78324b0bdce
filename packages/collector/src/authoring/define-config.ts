import type { Signal } from '@otelier/otlp';
import type { z } from 'zod';
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

/** A processor: a function with any name, or the configuration of a component. */
type ProcessorOf<Id> =
  Id extends ComponentId<ProcessorTypes>
    ? ConfigOf<ProcessorTypes, Id> | FunctionProcessor | TailSampleFunction
    : FunctionProcessor | TailSampleFunction;

/** A connector: a function with any name, or the configuration of a component. */
type ConnectorOf<Id> =
  Id extends ComponentId<ConnectorTypes>
    ? ConfigOf<ConnectorTypes, Id> | RouteFunction | AggregateFunction
    : RouteFunction | AggregateFunction;

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
> {
  readonly receivers?: { readonly [Id in Receivers]: ConfigOf<ReceiverTypes, Id> };
  readonly processors?: { readonly [Id in Processors]: ProcessorOf<Id> };
  readonly exporters?: { readonly [Id in Exporters]: ConfigOf<ExporterTypes, Id> };
  readonly connectors?: { readonly [Id in Connectors]: ConnectorOf<Id> };
  readonly extensions?: { readonly [Id in Extensions]: ConfigOf<ExtensionTypes, Id> };
  readonly service: ServiceSettings & {
    readonly extensions?: readonly NoInfer<Extensions>[];
    readonly pipelines: {
      readonly [Id in Signal | `${Signal}/${string}`]?: {
        readonly receivers: readonly NoInfer<Receivers | Connectors>[];
        readonly processors?: readonly NoInfer<Processors>[];
        readonly exporters: readonly NoInfer<Exporters | Connectors>[];
      };
    };
  };
}

/**
 * Returns a configuration unchanged. Its types check the fields of components, and that pipelines name only components
 * that it defines.
 */
export function defineConfig<
  Receivers extends ComponentId<ReceiverTypes> = never,
  Processors extends string = never,
  Exporters extends ComponentId<ExporterTypes> = never,
  Connectors extends string = never,
  Extensions extends ComponentId<ExtensionTypes> = never,
>(
  config: Config<Receivers, Processors, Exporters, Connectors, Extensions>,
): Config<Receivers, Processors, Exporters, Connectors, Extensions> {
  return config;
}
