import type { Batch, BatchContext, Outcome, Signal } from '@otelier/otlp';
import type { RequestHeaders } from '@otelier/transport';
import type { AuthDirection } from '../../component/auth/client-auth.ts';
import type { ComponentKind } from '../../component/contract.ts';
import type { ListenAddress, PartitionBy, RunsIn, Stability } from '../../component/define.ts';
import type { Endpoint } from '../../component/host.ts';
import type { ModuleError, ModuleSource } from '../../functions/protocol.ts';
import type { Diagnostic } from '../config-error.ts';
import type { WrittenConfig } from '../registry.ts';
import type { SyncEnd } from './sync-calls.ts';

/** The `workerData` of a component thread. */
export interface ComponentThreadOptions {
  /** Absolute path of the module with the definitions. */
  readonly file: string;
  /** Sources by URL that replace the files, so that a thread runs the version that the configuration was checked with. */
  readonly sources: ReadonlyMap<string, ModuleSource> | undefined;
  /** Memory in which the thread counts up several times per second, as long as its event loop runs. */
  readonly beat: Int32Array;
  readonly syncEnd: SyncEnd;
}

/** What other threads know of a definition. */
export interface DefinitionDescription {
  readonly exported: string;
  readonly kind: ComponentKind;
  readonly summary: string;
  readonly stability: Stability;
  readonly signals: readonly Signal[];
  readonly joins: Partial<Readonly<Record<Signal, readonly Signal[]>>>;
  readonly runsIn: RunsIn;
  readonly partitionBy: PartitionBy | undefined;
  /** Whether it is an exporter with the queue, retries and timeout of the host. */
  readonly isSending: boolean;
  /** Why the definition cannot be used. */
  readonly unsupported: string | undefined;
}

/** What the configuration of a component says about it. */
export interface ConfigFacts {
  readonly description: string | undefined;
  readonly exclusive: readonly string[];
  readonly listens: readonly ListenAddress[];
  /** The requests that it authenticates, if it is an authentication extension. */
  readonly authenticates: readonly AuthDirection[];
  /** The options of queue, retries and timeout, if it is a sending exporter. */
  readonly sending: Readonly<Record<string, unknown>>;
}

/** The result of checking the options of a component. */
export interface CheckedConfig {
  readonly facts: ConfigFacts | undefined;
  readonly errors: readonly Diagnostic[];
}

/** An instance to create. */
export interface InstanceSpec extends WrittenConfig {
  readonly exported: string;
  readonly signal: Signal | undefined;
  readonly instanceCount: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Signals of the pipelines behind it. */
  readonly outputs: readonly Signal[];
  /** The pipelines behind a connector, with their signals. */
  readonly pipelines: readonly (readonly [string, Signal])[];
}

/** A consumer behind an instance: of a signal, or a pipeline. */
export type Target =
  | { readonly kind: 'signal'; readonly signal: Signal }
  | { readonly kind: 'pipeline'; readonly id: string };

/** What other threads know of an authenticator. */
export interface AuthenticatorDescription {
  /** `undefined` if it does not authenticate incoming requests. */
  readonly challenge: string | undefined;
  /** Whether it adds credentials to outgoing requests. */
  readonly authorizes: boolean;
}

/** A request of an instance to its host, which replies to it. */
export type HostRequest =
  | { readonly kind: 'listen'; readonly endpoint: string; readonly place: Omit<Endpoint, 'address'> }
  | { readonly kind: 'accept' | 'release'; readonly socket: number }
  | { readonly kind: 'announce'; readonly announcement: number; readonly endpoint: Endpoint }
  | { readonly kind: 'withdraw'; readonly announcement: number }
  | {
      readonly kind: 'authorize';
      readonly id: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly context: BatchContext;
    };

/** A socket that the host has opened, and the path of the private socket to which it forwards connections. */
export interface OpenedSocket {
  readonly socket: number;
  readonly address: string;
  readonly path: string;
}

/** A call of an instance that waits for the host: about the extension with an ID. */
export type HostCall =
  | { readonly kind: 'extension'; readonly id: string }
  | { readonly kind: 'authenticate'; readonly id: string; readonly headers: RequestHeaders };

/** A call of the host that waits for an instance: an authenticator. */
export interface InstanceCall {
  readonly instance: number;
  readonly headers: RequestHeaders;
}

/** A request to a component thread, which replies to it. */
export type ComponentRequest =
  | { readonly kind: 'check'; readonly exported: string; readonly written: WrittenConfig }
  | { readonly kind: 'create'; readonly instance: number; readonly spec: InstanceSpec }
  /** The reply to `start` is the `AuthenticatorDescription` of an authenticator. */
  | { readonly kind: 'start' | 'shutdown'; readonly instance: number }
  | { readonly kind: 'drain'; readonly instance: number; readonly remainingMillis: number }
  | { readonly kind: 'consume' | 'send'; readonly instance: number; readonly batch: Batch }
  | {
      readonly kind: 'authorize';
      readonly instance: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly context: BatchContext;
    };

/** A message to a component thread. */
export type ToComponents =
  | (ComponentRequest & { readonly call: number })
  /** Aborts a `drain`, `send` or `authorize`. */
  | { readonly kind: 'abort'; readonly call: number; readonly isTimeout: boolean }
  /** The outcome of a batch that an instance has forwarded. */
  | { readonly kind: 'outcome'; readonly call: number; readonly outcome: Outcome }
  /** The result of a request to the host, or why it failed. */
  | { readonly kind: 'hosted'; readonly call: number; readonly value: unknown; readonly error: string | undefined };

/** A message from a component thread. */
export type FromComponents =
  | {
      readonly kind: 'loaded';
      readonly definitions: readonly DefinitionDescription[];
      readonly sources: ReadonlyMap<string, ModuleSource>;
    }
  | { readonly kind: 'failed'; readonly error: ModuleError; readonly sources: ReadonlyMap<string, ModuleSource> }
  | { readonly kind: 'reply'; readonly call: number; readonly value: unknown }
  | { readonly kind: 'threw'; readonly call: number; readonly message: string }
  | {
      readonly kind: 'forward';
      readonly call: number;
      readonly instance: number;
      readonly target: Target;
      readonly batch: Batch;
    }
  | { readonly kind: 'host'; readonly call: number; readonly instance: number; readonly request: HostRequest }
  | { readonly kind: 'dropped'; readonly instance: number; readonly itemCount: number; readonly reason: string }
  | { readonly kind: 'status'; readonly instance: number; readonly status: string | undefined }
  /** A log record of pino, as JSON. */
  | { readonly kind: 'log'; readonly instance: number; readonly line: string };
