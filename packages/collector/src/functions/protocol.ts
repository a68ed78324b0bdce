import type { ErrorMode, FunctionSignal, FunctionUseKind } from './kinds/function-options.ts';

/** The `workerData` of a function thread. */
export interface ThreadOptions {
  /** Absolute path of the module with the functions. */
  readonly file: string;
  /** The module's name in the configuration, as the user wrote it. */
  readonly name: string;
  /** Sources by URL that replace the files, so that a thread can be replaced after a file has changed. */
  readonly sources: ReadonlyMap<string, ModuleSource> | undefined;
  /** Memory in which the thread writes the ID of the request that it processes; 0 if there is none. */
  readonly running: Int32Array;
  /** Memory in which requests and results are passed. */
  readonly memory: SharedArrayBuffer;
}

/** The source of a loaded module. */
export interface ModuleSource {
  readonly text: string;
  /** Node's module format, such as `module-typescript`. */
  readonly format: string;
}

/** A batch for a function. */
export interface FunctionRequest {
  readonly id: number;
  /** Name of the function in its module. */
  readonly functionName: string;
  readonly signal: FunctionSignal;
  readonly errorMode: ErrorMode;
  /** IDs of the pipelines that a function which routes can return. */
  readonly pipelines?: readonly string[] | undefined;
  /** The encoded parts of the batch. They are views of the shared memory if there was space. */
  readonly parts: readonly Uint8Array[];
}

/** A request as a message: its parts, or their place in the shared memory. */
export type RequestMessage = Omit<FunctionRequest, 'parts'> & { readonly parts: PartsMessage };

/** Parts that are copied into a message, or that are in the shared memory, one after another. */
export type PartsMessage = readonly Uint8Array[] | { readonly offset: number; readonly lengths: readonly number[] };

/** The result of a function for a batch. */
export interface FunctionResult {
  readonly id: number;
  /** The remaining parts; `undefined` if nothing changed. */
  readonly parts: readonly Uint8Array[] | undefined;
  /** Number of remaining items. */
  readonly itemCount: number;
  /** Number of items that the function dropped. */
  readonly dropped: number;
  /** Number of items dropped because the function failed. */
  readonly failedItems: number;
  /** Number of items or traces for which the function failed, until one refused the batch. */
  readonly failures: number;
  /** The first failure, with its position. */
  readonly failure: string | undefined;
  /** Whether the failure rejects the batch. */
  readonly isRefused: boolean;
  /** For each item or trace: the index of its target, or the decision about it. */
  readonly decisions?: readonly number[] | undefined;
  /** The lists of pipelines that `decisions` refer to. */
  readonly targets?: readonly (readonly string[])[] | undefined;
}

/** A result as a message: its parts, or their place in the shared memory. */
export type ResultMessage = Omit<FunctionResult, 'parts'> & { readonly parts: PartsMessage | undefined };

/** A message from a function thread. */
export type FromThread =
  | ({ readonly kind: 'loaded' } & LoadedModule)
  | ({ readonly kind: 'failed' } & FailedModule)
  | { readonly kind: 'results'; readonly results: readonly ResultMessage[] };

/** A module that has been loaded. */
export interface LoadedModule {
  readonly functions: ReadonlyMap<string, FunctionDescription>;
  /** The configuration that the module exports as its default, if any, or the reasons why it is invalid. */
  readonly config: ModuleConfig;
  /** Sources of the module and of the modules that it imports, except packages, by URL. */
  readonly sources: ReadonlyMap<string, ModuleSource>;
}

/** A module that could not be loaded. */
export interface FailedModule {
  readonly error: ModuleError;
  readonly sources: ReadonlyMap<string, ModuleSource>;
}

/** Why a module could not be loaded. Line and column are 0 if unknown. */
export interface ModuleError {
  /** Absolute path of the file with the error. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A function that a module exports. */
export interface FunctionDescription {
  readonly use: FunctionUseKind;
  readonly signals: readonly FunctionSignal[];
  /** The function that created it, such as `filterSpans`. */
  readonly creator: string;
  /** The source of a predicate that needs no thread of its own. */
  readonly predicate: string | undefined;
}

/** The configuration in a module's default export. */
export type ModuleConfig =
  | { readonly kind: 'none' }
  | { readonly kind: 'config'; readonly json: string }
  | { readonly kind: 'invalid'; readonly issues: readonly { readonly path: string; readonly message: string }[] };
