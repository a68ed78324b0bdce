import { z } from 'zod';
import type {
  ComponentContext,
  ConnectorOutputs,
  Consumer,
  SignalConsumers,
  SignalContext,
} from '../../component/contract.ts';
import type {
  ConfigSchema,
  Definition,
  PlainExporterDefinition,
  SendingExporterDefinition,
} from '../../component/define.ts';
import type { WrittenConfig } from '../registry.ts';
import type { ConfigFacts, DefinitionDescription } from './protocol.ts';
import { type ModuleVersion, type Outputs, RemoteInstance } from './remote-instance.ts';

/** The configuration of a component that a module defines: what its own thread reads, and what others need to know. */
export interface ModuleComponentConfig {
  readonly written: WrittenConfig;
  readonly facts: ConfigFacts;
}

/** The key of `ModuleComponentConfig` in a component's configuration, which also has the options of a sending exporter. */
const OWN = 'moduleComponent';

/** Returns the configuration of a component that a module defines. */
export function moduleConfigOf(own: ModuleComponentConfig): Readonly<Record<string, unknown>> {
  return { ...own.facts.sending, [OWN]: own };
}

const ANY_OPTIONS: ConfigSchema = z.looseObject({});

/** Returns a definition whose instances run in the thread of their module. */
export function definitionOf(description: DefinitionDescription, version: ModuleVersion): Definition {
  const { kind, summary, stability, signals, joins, runsIn, partitionBy, exported } = description;
  const about = {
    ...{ summary, stability, config: ANY_OPTIONS, examples: [] },
    describe: (config: object) => ownOf(config).facts.description ?? '',
    exclusive: (config: object) => ownOf(config).facts.exclusive,
    listens: (config: object) => ownOf(config).facts.listens,
  };
  const remote = (config: object, context: ComponentContext, outputs: Outputs) =>
    new RemoteInstance(exported, version, ownOf(config).written, context, outputs);
  switch (kind) {
    case 'receiver':
      return {
        ...{ ...about, kind, signals, runsIn },
        create: (config: object, next: SignalConsumers, context: ComponentContext) =>
          remote(config, context, ofSignals(next)),
      };
    case 'processor':
      return {
        // Its thread tells only what it drops.
        ...{ ...about, kind, signals, emits: 'derived', ...(partitionBy && { partitionBy }) },
        create: (config: object, next: Consumer, context: SignalContext) =>
          remote(config, context, ofSignals({ [context.signal]: next })),
      };
    case 'exporter':
      return exporterOf(description, about, remote);
    case 'connector':
      return {
        ...{ ...about, kind, joins, runsIn },
        create: (config: object, next: ConnectorOutputs, context: SignalContext) =>
          remote(config, context, ofConnector(next)),
      };
    case 'extension':
      return {
        ...{ ...about, kind, runsIn },
        authenticates: (config: object) => ownOf(config).facts.authenticates,
        create: (config: object, context: ComponentContext) => remote(config, context, NO_OUTPUTS),
      };
  }
}

function exporterOf(
  { signals, runsIn, isSending }: DefinitionDescription,
  about: Omit<PlainExporterDefinition, 'kind' | 'sending' | 'signals' | 'create'>,
  remote: (config: object, context: ComponentContext, outputs: Outputs) => RemoteInstance,
): PlainExporterDefinition | SendingExporterDefinition {
  const create = (config: object, context: SignalContext) => remote(config, context, NO_OUTPUTS);
  return isSending
    ? { ...about, kind: 'exporter', sending: true, signals, create }
    : { ...about, kind: 'exporter', sending: false, signals, runsIn, create };
}

const NO_OUTPUTS: Outputs = { signals: {}, pipelines: new Map() };

function ofSignals(signals: SignalConsumers): Outputs {
  return { signals, pipelines: new Map() };
}

function ofConnector({ bySignal, byPipeline }: ConnectorOutputs): Outputs {
  return { signals: bySignal, pipelines: byPipeline };
}

function ownOf(config: object): ModuleComponentConfig {
  const own: unknown = Reflect.get(config, OWN);
  if (own === undefined) throw new Error('expected the configuration of a component that a module defines');
  return own as ModuleComponentConfig;
}
