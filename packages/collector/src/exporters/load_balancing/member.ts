import type { Batch, Outcome } from '@otelier/otlp';
import type { Consumer, Sender, SignalContext } from '../../component/contract.ts';
import { createSendingExporter, type SendingExporter } from '../../component/sending/exporter.ts';
import { otlpGrpc } from '../otlp_grpc.ts';
import type { LoadBalancingConfig } from './config.ts';

/** What a member needs of the balancer. */
export interface MemberOptions {
  readonly endpoint: string;
  readonly config: LoadBalancingConfig['protocol']['otlp'];
  readonly context: SignalContext;
  /** Passes a batch to the members that own its items now. */
  reroute(batch: Batch): Outcome | Promise<Outcome>;
  /** Called when the status of the member changes. */
  onStatus(): void;
}

/**
 * An endpoint with its connection, queue and retries. One that is retired sends nothing more: its batches, those that are
 * waiting for a retry too, go to the other members.
 */
export class Member {
  readonly endpoint: string;
  readonly exporter: SendingExporter;
  /** Takes the batches for the endpoint. */
  readonly consumer: Consumer;
  /** The current error. */
  status: string | undefined;
  readonly #reroute: MemberOptions['reroute'];
  #isRetired: boolean;
  /** Batches that callers wait for. */
  #pending = 0;

  constructor({ endpoint, config, context, reroute, onStatus }: MemberOptions, isRetired: boolean) {
    this.endpoint = endpoint;
    this.#isRetired = isRetired;
    this.#reroute = reroute;
    const id = `${context.id}/${endpoint}`;
    const memberContext: SignalContext = {
      ...context,
      id,
      logger: context.logger.child({ endpoint }),
      reportStatus: (status) => {
        this.status = status;
        onStatus();
      },
    };
    const sender = otlpGrpc.create({ ...config, endpoint } as Parameters<typeof otlpGrpc.create>[0], memberContext);
    const rerouting: Sender = {
      ...(sender.start !== undefined && { start: () => sender.start?.() ?? Promise.resolve() }),
      send: async (batch, abort, onUnused) => {
        if (!this.#isRetired) return sender.send(batch, abort, onUnused);
        const outcome = await reroute(batch);
        onUnused();
        return outcome;
      },
      shutdown: async () => sender.shutdown?.(),
    };
    this.exporter = createSendingExporter(config, rerouting, memberContext);
    const { reserve, whenWritable, whenBelowHighWaterMark } = this.exporter;
    this.consumer = { consume: (batch) => this.#consume(batch), reserve, whenWritable, whenBelowHighWaterMark };
  }

  get isRetired(): boolean {
    return this.#isRetired;
  }

  /** The number of items that the member has accepted and not delivered. */
  get heldItems(): number {
    return this.exporter.heldItems?.() ?? 0;
  }

  /** Whether no batch is in the queue or in flight. */
  get isIdle(): boolean {
    return this.#pending === 0 && this.heldItems === 0;
  }

  /** Stops sending to the endpoint. */
  retire(): void {
    this.#isRetired = true;
  }

  /** Sends to the endpoint again. */
  revive(): void {
    this.#isRetired = false;
  }

  #consume(batch: Batch): Outcome | Promise<Outcome> {
    // A portion that is tried again can belong to another member now.
    if (this.#isRetired) return this.#reroute(batch);
    const outcome = this.exporter.consume(batch);
    if (!(outcome instanceof Promise)) return outcome;
    this.#pending += 1;
    return outcome.finally(() => {
      this.#pending -= 1;
    });
  }
}
