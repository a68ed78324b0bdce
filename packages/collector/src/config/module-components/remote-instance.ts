import type { Batch, Outcome, Signal } from '@otelier/otlp';
import type { AnyAuthenticator } from '../../component/auth/authenticator.ts';
import type { Component, ComponentContext, Consumer, SignalConsumers } from '../../component/contract.ts';
import { errorMessage } from '../../component/error-message.ts';
import type { Lease } from '../../component/host.ts';
import type { ModuleSource } from '../../functions/protocol.ts';
import type { WrittenConfig } from '../registry.ts';
import { remoteAuthenticator } from './authenticator-calls.ts';
import { ComponentModule } from './component-module.ts';
import { ThreadEnded } from './component-thread.ts';
import { InstanceHost } from './instance-host.ts';
import { withOwnMemory } from './own-memory.ts';
import type { AuthenticatorDescription, InstanceSpec, Target } from './protocol.ts';

/** A version of a module with components. */
export interface ModuleVersion {
  readonly file: string;
  readonly sources: ReadonlyMap<string, ModuleSource>;
  /** Identifies the sources. */
  readonly digest: string;
}

/** The consumers behind an instance. */
export interface Outputs {
  readonly signals: SignalConsumers;
  readonly pipelines: ReadonlyMap<string, { readonly signal: Signal; readonly consumer: Consumer }>;
}

/** An instance of a component in the thread of its module: passes calls, batches and outcomes between the threads. */
export class RemoteInstance implements Component, Consumer {
  readonly #exported: string;
  readonly #version: ModuleVersion;
  readonly #written: WrittenConfig;
  readonly #context: ComponentContext & { readonly signal?: InstanceSpec['signal']; readonly instanceCount?: number };
  readonly #outputs: Outputs;
  readonly #host: InstanceHost;
  /** The authenticator that the instance offers. */
  offers: AnyAuthenticator | undefined;
  #lease: Lease<ComponentModule> | undefined;
  #instance: number | undefined;

  constructor(
    exported: string,
    version: ModuleVersion,
    written: WrittenConfig,
    context: ComponentContext,
    outputs: Outputs,
  ) {
    this.#exported = exported;
    this.#version = version;
    this.#written = written;
    this.#context = context;
    this.#outputs = outputs;
    this.#host = new InstanceHost(context.host);
  }

  async start(): Promise<void> {
    const { host, clock, logger, reportStatus, dropped } = this.#context;
    const { file, sources, digest } = this.#version;
    const open = () => new ComponentModule({ file, sources, clock }).open();
    this.#lease = await host.share(`components:${file}@${digest}`, open);
    const { instance, authenticator } = await this.#lease.value.start({
      spec: this.#spec(),
      forward: (target, batch) => this.#forward(target, batch),
      dropped,
      status: reportStatus,
      log(line) {
        const { level, msg, ...fields } = JSON.parse(line) as { level: string; msg?: string };
        const known = LEVELS.find((one) => one === level) ?? 'info';
        logger[known](fields, msg);
      },
      request: (request) => this.#host.request(request),
      call: (call) => this.#host.call(call),
      ended: () => this.#host.close(),
    });
    this.#instance = instance;
    this.offers = authenticator && this.#authenticator(instance, authenticator);
  }

  async drain(deadline: AbortSignal, remainingMillis: number): Promise<void> {
    const instance = this.#instance;
    if (instance === undefined) return;
    const drained = this.#lease?.value.request({ kind: 'drain', instance, remainingMillis }, deadline);
    const aborted = new Promise<void>((resolve) => {
      if (deadline.aborted) resolve();
      deadline.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([drained?.catch((error: unknown) => this.#failed(error)), aborted]);
  }

  async shutdown(): Promise<void> {
    const instance = this.#instance;
    this.#instance = undefined;
    if (instance !== undefined)
      await this.#lease?.value.shutdown(instance).catch((error: unknown) => this.#failed(error));
    this.offers = undefined;
    await this.#host.close();
    await this.#lease?.release();
    this.#lease = undefined;
  }

  consume(batch: Batch): Outcome | Promise<Outcome> {
    return this.#deliver('consume', batch);
  }

  /** Sends a batch, if the component is a sender. */
  send(batch: Batch, abort: AbortSignal): Promise<Outcome> {
    return this.#deliver('send', batch, abort);
  }

  /** The copy in the other thread counts as telemetry in flight. */
  async #deliver(kind: 'consume' | 'send', batch: Batch, abort?: AbortSignal): Promise<Outcome> {
    const [instance, module] = [this.#instance, this.#lease?.value];
    if (instance === undefined || module === undefined) return retry('the component has not been started');
    const admission = this.#context.admission.admit(batch.sizeBytes, batch.parts.length);
    if ('kind' in admission) return admission;
    try {
      const outcome = await module.request({ kind, instance, batch: withOwnMemory(batch) }, abort);
      return isOutcome(outcome) ? outcome : refused('expected an outcome such as { kind: "accepted" }');
    } catch (error) {
      // Nothing is known about what the thread has done with the batch: it is sent again rather than lost.
      if (error instanceof ThreadEnded) return retry(error.message);
      return refused(errorMessage(error));
    } finally {
      admission.release();
    }
  }

  #forward(target: Target, batch: Batch): Outcome | Promise<Outcome> {
    const { signals, pipelines } = this.#outputs;
    const consumer = target.kind === 'signal' ? signals[target.signal] : pipelines.get(target.id)?.consumer;
    return consumer?.consume(batch) ?? refused('expected a pipeline behind the component');
  }

  #authenticator(instance: number, description: AuthenticatorDescription): AnyAuthenticator | undefined {
    const module = this.#lease?.value;
    if (module === undefined) return undefined;
    return remoteAuthenticator(description, {
      authenticate: (headers) => module.call({ instance, headers }),
      authorize: ({ headers, context: { trace: _trace, ...context }, signal }) =>
        module.request({ kind: 'authorize', instance, headers, context }, signal),
      failed: (error) => this.#context.logger.error({ reason: errorMessage(error) }, 'authenticator failed'),
    });
  }

  #failed(error: unknown): void {
    if (!(error instanceof ThreadEnded))
      this.#context.logger.error({ reason: errorMessage(error) }, 'component failed');
  }

  #spec(): InstanceSpec {
    const { signal, instanceCount = 1, environment } = this.#context;
    const { signals, pipelines } = this.#outputs;
    return {
      ...this.#written,
      ...{ exported: this.#exported, signal, instanceCount, environment },
      outputs: Object.keys(signals) as InstanceSpec['outputs'],
      pipelines: [...pipelines].map(([id, output]) => [id, output.signal]),
    };
  }
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

function isOutcome(value: unknown): value is Outcome {
  return typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string';
}

function retry(reason: string): Outcome {
  return { kind: 'retry', afterMillis: undefined, reason };
}

function refused(reason: string): Outcome {
  return { kind: 'refused', reason: `the component failed: ${reason}` };
}
