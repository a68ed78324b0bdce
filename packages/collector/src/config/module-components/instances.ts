import { type Batch, type Outcome, SIGNAL_NAMES, type Signal } from '@otelier/otlp';
import { systemClock } from '@otelier/transport/clock';
import { type Logger, pino } from 'pino';
import { isClientAuthenticator } from '../../component/auth/client-auth.ts';
import type { Component, Consumer, DropRule, Sender, SignalContext } from '../../component/contract.ts';
import { type Definition, UNKNOWN_USE } from '../../component/define.ts';
import { errorMessage } from '../../component/error-message.ts';
import { isAuthenticator } from '../../component/fields/server.ts';
import { sendingFields } from '../../component/sending/config.ts';
import { applySchema } from '../apply.ts';
import { formatPath } from '../config-error.ts';
import type { WrittenConfig } from '../registry.ts';
import { positionOf } from '../tree.ts';
import { describeAuthenticator } from './authenticator-calls.ts';
import { withOwnMemory } from './own-memory.ts';
import type {
  CheckedConfig,
  ComponentRequest,
  FromComponents,
  HostRequest,
  InstanceCall,
  InstanceSpec,
  Target,
  ToComponents,
} from './protocol.ts';
import { SyncCalls, type SyncEnd } from './sync-calls.ts';
import { threadHost, UNLIMITED } from './thread-host.ts';

/** Any method that an instance can have. */
type Instance = Component & Partial<Consumer> & Partial<Pick<Sender, 'send'>> & { readonly offers?: unknown };

/** How long an instance waits for the host, which never waits for it meanwhile. */
const HOST_CALL_MILLIS = 5_000;

/** The instances in a component thread. */
export class Instances {
  readonly #definitions: ReadonlyMap<string, Definition>;
  readonly #post: (message: FromComponents) => void;
  readonly #describe: (error: unknown) => string;
  readonly #instances = new Map<number, Instance>();
  /** Requests that can be aborted. */
  readonly #aborts = new Map<number, AbortController>();
  /** Batches that have been forwarded. */
  readonly #forwarded = new Map<number, (outcome: Outcome) => void>();
  /** Requests to the host. */
  readonly #hosted = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #calls: SyncCalls;
  readonly #draining = new AbortController();
  #lastCall = 0;

  /** `describe` returns a failure with its position. */
  constructor(
    definitions: ReadonlyMap<string, Definition>,
    post: (message: FromComponents) => void,
    describe: (error: unknown) => string,
    syncEnd: SyncEnd,
  ) {
    this.#definitions = definitions;
    this.#post = post;
    this.#describe = describe;
    this.#calls = new SyncCalls(syncEnd, HOST_CALL_MILLIS, (call) => this.#authenticate(call as InstanceCall));
  }

  async handle(message: ToComponents): Promise<void> {
    if (message.kind === 'abort') {
      const name = message.isTimeout ? 'TimeoutError' : 'AbortError';
      this.#aborts.get(message.call)?.abort(new DOMException('the time is over', name));
      return;
    }
    if (message.kind === 'outcome') {
      this.#forwarded.get(message.call)?.(message.outcome);
      this.#forwarded.delete(message.call);
      return;
    }
    if (message.kind === 'hosted') {
      const hosted = this.#hosted.get(message.call);
      this.#hosted.delete(message.call);
      if (message.error === undefined) hosted?.resolve(message.value);
      else hosted?.reject(new Error(message.error));
      return;
    }
    const { call } = message;
    try {
      this.#post({ kind: 'reply', call, value: await this.#run(message, call) });
    } catch (error) {
      this.#post({ kind: 'threw', call, message: this.#describe(error) });
    } finally {
      this.#aborts.delete(call);
    }
  }

  #run(request: ComponentRequest, call: number): unknown {
    if (request.kind === 'check') return checkConfig(this.#definition(request.exported), request.written);
    const { instance: number } = request;
    if (request.kind === 'create') {
      this.#instances.set(number, this.#create(number, request.spec));
      return undefined;
    }
    const instance = this.#instances.get(number);
    if (instance === undefined) throw new Error(`expected an instance, got ${number}`);
    switch (request.kind) {
      case 'start':
        return start(instance);
      case 'drain':
        this.#draining.abort();
        return instance.drain?.(this.#abortSignal(call), request.remainingMillis);
      case 'shutdown':
        this.#instances.delete(number);
        return instance.shutdown?.();
      case 'consume':
        return instance.consume?.(request.batch);
      case 'send':
        return instance.send?.(request.batch, this.#abortSignal(call), () => {});
      case 'authorize': {
        const { headers, context } = request;
        const signal = this.#abortSignal(call);
        if (!isClientAuthenticator(instance.offers)) throw new Error('expected an authenticator with authorize');
        return instance.offers.authorize({ headers, context, signal });
      }
    }
  }

  #create(number: number, spec: InstanceSpec): Instance {
    const definition = this.#definition(spec.exported);
    const applied = applySchema(definition.config, spec.tree, spec.path);
    if (!applied.ok) throw new Error(applied.errors[0]?.message ?? 'expected valid options');
    const config = applied.value as never;
    const context = this.#contextOf(number, spec, definition.kind);
    const to = (target: Target): Consumer => ({ consume: (batch) => this.#forward(number, target, batch) });
    const bySignal = Object.fromEntries(spec.outputs.map((signal) => [signal, to({ kind: 'signal', signal })]));
    switch (definition.kind) {
      case 'receiver':
        return definition.create(config, bySignal, context);
      case 'processor':
        return definition.create(config, to({ kind: 'signal', signal: context.signal }), context);
      case 'exporter':
        return definition.create(config, context);
      case 'connector': {
        const pipelines = spec.pipelines.map(([id, signal]) => {
          return [id, { signal, consumer: to({ kind: 'pipeline', id }) }] as const;
        });
        return definition.create(config, { bySignal, byPipeline: new Map(pipelines) }, context);
      }
      case 'extension':
        return definition.create(config, context);
    }
  }

  #contextOf(instance: number, spec: InstanceSpec, kind: Definition['kind']): SignalContext {
    const { id, type, signal, instanceCount, environment } = spec;
    return {
      ...{ id, type, kind, instanceCount, environment },
      // Components without a signal do not read it.
      signal: signal ?? (SIGNAL_NAMES[0] as Signal),
      clock: systemClock,
      random: Math.random,
      logger: this.#loggerOf(instance),
      admission: UNLIMITED,
      host: threadHost(this.#draining.signal, {
        request: (request) => this.#requestHost(instance, request),
        call: (call) => this.#calls.call({ instance, call }),
        failed: (error) => this.#log(instance, error),
      }),
      dropped: (itemCount, reason) => this.#post({ kind: 'dropped', instance, itemCount, reason }),
      // The ledger takes what such components emit as derived from what they received.
      ...{ created: () => {}, merged: () => {}, dropRule: () => NO_RULE },
      reportStatus: (status) => this.#post({ kind: 'status', instance, status }),
    };
  }

  #loggerOf(instance: number): Logger {
    return pino(LOGGER, { write: (line) => this.#post({ kind: 'log', instance, line }) });
  }

  #log(instance: number, error: unknown): void {
    this.#loggerOf(instance).error({ reason: errorMessage(error) }, 'authenticator failed');
  }

  #requestHost(instance: number, request: HostRequest): Promise<unknown> {
    this.#lastCall += 1;
    const call = this.#lastCall;
    const hosted = Promise.withResolvers<unknown>();
    this.#hosted.set(call, hosted);
    this.#post({ kind: 'host', call, instance, request });
    return hosted.promise;
  }

  #authenticate({ instance: number, headers }: InstanceCall): unknown {
    const instance = this.#instances.get(number);
    if (!isAuthenticator(instance?.offers)) throw new Error('expected an authenticator with authenticate');
    try {
      return instance.offers.authenticate(headers);
    } catch (error) {
      throw new Error(this.#describe(error), { cause: error });
    }
  }

  #forward(instance: number, target: Target, batch: Batch): Promise<Outcome> {
    this.#lastCall += 1;
    const call = this.#lastCall;
    return new Promise((resolve) => {
      this.#forwarded.set(call, resolve);
      this.#post({ kind: 'forward', call, instance, target, batch: withOwnMemory(batch) });
    });
  }

  #abortSignal(call: number): AbortSignal {
    const controller = new AbortController();
    this.#aborts.set(call, controller);
    return controller.signal;
  }

  #definition(exported: string): Definition {
    const definition = this.#definitions.get(exported);
    if (definition === undefined) throw new Error(`expected a component "${exported}"`);
    return definition;
  }
}

async function start(instance: Instance): Promise<unknown> {
  await instance.start?.();
  return describeAuthenticator(instance.offers);
}

const NO_RULE: DropRule = { item: () => {}, group: () => {}, trace: () => {}, parts: () => {} };

const LOGGER = {
  level: 'trace',
  base: null,
  timestamp: false,
  formatters: { level: (label: string) => ({ level: label }) },
} as const;

/** Applies the schema of a definition to options, and returns what they say about the component. */
function checkConfig(definition: Definition, { id, type, tree, path }: WrittenConfig): CheckedConfig {
  const applied = applySchema(definition.config, tree, path);
  if (!applied.ok) return { facts: undefined, errors: applied.errors };
  const config = applied.value as never;
  const { kind } = definition;
  const use = { ...UNKNOWN_USE, id, type, kind, signals: [] };
  const issues = definition.check?.(config, use) ?? [];
  const errors = issues.map((issue) => ({
    severity: 'error' as const,
    position: positionOf(tree, issue.path, tree.at),
    path: formatPath([...path, ...issue.path]),
    message: issue.message,
  }));
  if (errors.length > 0) return { facts: undefined, errors };
  const sending = definition.kind === 'exporter' && definition.sending ? Object.keys(sendingFields) : [];
  const facts = {
    description: definition.describe?.(config),
    exclusive: definition.exclusive?.(config) ?? [],
    listens: definition.listens?.(config) ?? [],
    authenticates: (definition.kind === 'extension' && definition.authenticates?.(config)) || [],
    sending: Object.fromEntries(sending.map((key) => [key, Reflect.get(applied.value, key)])),
  };
  return { facts, errors: applied.errors };
}
