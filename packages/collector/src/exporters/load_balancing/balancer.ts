import { type Batch, type ItemCursor, type Outcome, partitionItems } from '@otelier/otlp';
import type { Component, Consumer, SignalContext } from '../../component/contract.ts';
import { every, type PeriodicTask } from '../../component/every.ts';
import { Portions } from '../../connectors/by-pipeline/portions.ts';
import { SplitDelivery } from '../../connectors/by-pipeline/split-delivery.ts';
import { endpointWithPort, type LoadBalancingConfig } from './config.ts';
import type { EndpointResolver } from './endpoint-resolver.ts';
import { HashRing } from './hash-ring.ts';
import type { IdentifierOf } from './identifier-of.ts';
import { Member } from './member.ts';
import { MemberList } from './member-list.ts';
import { createResolver } from './resolver.ts';
import { createIdentifier, ROUTING_KEYS } from './routing-key.ts';

const RETIREMENT_CHECK_MILLIS = 1_000;

/**
 * Splits batches by the endpoints that own their items and passes the portions to them. When the endpoints change, those
 * that are gone are retired: their queues are routed again, to the members that own the items then.
 */
export class Balancer implements Component, Consumer {
  readonly #config: LoadBalancingConfig;
  readonly #context: SignalContext;
  readonly #identifierOf: IdentifierOf;
  #resolver: EndpointResolver | undefined;
  readonly #delivery: SplitDelivery;
  readonly #list: MemberList;
  readonly #retirement: PeriodicTask;
  /** By endpoint with its port, those that are retired included. */
  readonly #members = new Map<string, Member>();
  #ring: HashRing | undefined;
  /** The members in the order of the ring. */
  #owners: readonly Member[] = [];

  constructor(config: LoadBalancingConfig, context: SignalContext) {
    this.#config = config;
    this.#context = context;
    const { signal, random } = context;
    const key = config.routingKey ?? ROUTING_KEYS[signal]?.[0] ?? 'traceID';
    this.#identifierOf = createIdentifier({ signal, key, attributes: config.routingAttributes, random });
    this.#delivery = new SplitDelivery(context);
    const { enabled, storage } = config.protocol.otlp.sendingQueue;
    this.#list = new MemberList(enabled ? storage : undefined, context);
    this.#retirement = every(context, RETIREMENT_CHECK_MILLIS, () => this.#endRetired());
  }

  async start(): Promise<void> {
    const former = await this.#list.open();
    this.#resolver = await createResolver(this.#config.resolver, this.#context);
    await this.#resolver.start((endpoints) => this.#change(endpoints));
    for (const endpoint of former) if (!this.#members.has(endpoint)) await this.#open(endpoint, true);
    await this.#retirement.start();
  }

  consume(batch: Batch): Outcome | Promise<Outcome> {
    const ring = this.#ring;
    if (ring === undefined || this.#owners.length === 0) {
      return { kind: 'retry', afterMillis: undefined, reason: 'no endpoint is known yet' };
    }
    const portions = new Portions(batch);
    const ownerOf = (item: ItemCursor): number => ring.indexOf(this.#identifierOf(item));
    for (const part of batch.parts) {
      const pieces = partitionItems(batch.signal, part, this.#owners.length, ownerOf);
      for (const [index, piece] of pieces.entries()) {
        const owner = this.#owners[index];
        if (piece !== undefined && owner !== undefined) portions.add(owner.consumer, piece);
      }
    }
    return this.#delivery.deliver(batch, portions.list());
  }

  heldItems(): number {
    return [...this.#members.values()].reduce((sum, { heldItems }) => sum + heldItems, 0);
  }

  async drain(deadline: AbortSignal, remainingMillis: number): Promise<void> {
    await this.#resolver?.shutdown();
    await this.#retirement.shutdown();
    // Retired members pass what they have to the others, which drain after them.
    const members = [...this.#members.values()];
    for (const isRetired of [true, false]) {
      const some = members.filter((member) => member.isRetired === isRetired);
      await Promise.all(some.map(({ exporter }) => exporter.drain?.(deadline, remainingMillis)));
    }
  }

  async shutdown(): Promise<void> {
    await this.#resolver?.shutdown();
    await this.#retirement.shutdown();
    await Promise.all([...this.#members.values()].map(({ exporter }) => exporter.shutdown?.()));
    await this.#list.close();
  }

  /** Replaces the endpoints. New ones are open before they get their share. */
  async #change(endpoints: readonly string[]): Promise<void> {
    const ring = new HashRing(endpoints);
    const wanted = new Set(ring.endpoints.map(endpointWithPort));
    await this.#list.write(new Set([...this.#members.keys(), ...wanted]));
    for (const endpoint of wanted) {
      const member = this.#members.get(endpoint);
      if (member === undefined) await this.#open(endpoint, false);
      else member.revive();
    }
    this.#owners = ring.endpoints.flatMap((endpoint) => this.#members.get(endpointWithPort(endpoint)) ?? []);
    this.#ring = ring;
    for (const [endpoint, member] of this.#members) if (!wanted.has(endpoint)) member.retire();
    this.#context.logger.info({ endpoints: [...wanted] }, 'endpoints changed');
  }

  async #open(endpoint: string, isRetired: boolean): Promise<void> {
    const member = new Member(
      {
        endpoint,
        config: this.#memberConfig(),
        context: this.#context,
        reroute: (batch) => this.consume(batch),
        onStatus: () => this.#reportStatus(),
      },
      isRetired,
    );
    await member.exporter.start?.();
    this.#members.set(endpoint, member);
  }

  /** With a queue in front of the endpoints, they have none, and what a durable one holds is retried without a limit. */
  #memberConfig(): LoadBalancingConfig['protocol']['otlp'] {
    const { sendingQueue, protocol } = this.#config;
    const { otlp } = protocol;
    if (!sendingQueue.enabled) return otlp;
    const maxElapsedTime = otlp.retryOnFailure.maxElapsedTime ?? (sendingQueue.storage === undefined ? undefined : 0);
    return {
      ...otlp,
      sendingQueue: { ...otlp.sendingQueue, enabled: false },
      retryOnFailure: { ...otlp.retryOnFailure, maxElapsedTime },
    };
  }

  /** Closes the retired members whose queues are empty. */
  async #endRetired(): Promise<void> {
    const ended = [...this.#members.values()].filter((member) => member.isRetired && member.isIdle);
    if (ended.length === 0) return;
    for (const { endpoint } of ended) this.#members.delete(endpoint);
    await Promise.all(ended.map(({ exporter }) => exporter.shutdown?.()));
    this.#reportStatus();
    await this.#list.write(this.#members.keys());
  }

  #reportStatus(): void {
    const failing = [...this.#members.values()].find(({ status, isRetired }) => status !== undefined && !isRetired);
    this.#context.reportStatus(failing === undefined ? undefined : `${failing.endpoint}: ${failing.status}`);
  }
}
