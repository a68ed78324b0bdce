import { Client } from '../client/client.ts';
import type { ClientOptions } from '../client/options.ts';
import { mergedHeaders } from '../client/with-headers.ts';
import { logUnsentItemsOnExit } from '../platform/unsent-items.ts';
import { FanOutClient } from './fan-out-client.ts';
import type { SdkPlan } from './plan.ts';
import type { SdkOptions } from './sdk-options.ts';

/** Creates one client per destination of a plan. */
export class PlannedClients {
  readonly #plan: SdkPlan;
  readonly #options: SdkOptions;
  readonly #created = new Map<ClientOptions, Client>();

  constructor(plan: SdkPlan, options: SdkOptions) {
    this.#plan = plan;
    this.#options = options;
  }

  get all(): readonly Client[] {
    return [...this.#created.values()];
  }

  of(destination: ClientOptions): Client {
    const known = this.#created.get(destination);
    if (known !== undefined) return known;
    const options = this.#optionsOf(destination);
    const client = new Client(options, this.#plan.platform);
    logUnsentItemsOnExit(client, options.log);
    this.#created.set(destination, client);
    return client;
  }

  /** Returns a single client that sends to all of these destinations. */
  ofAll(destinations: readonly ClientOptions[]): Client | undefined {
    if (this.#plan.isDisabled) return undefined;
    const clients = destinations.map((destination) => this.of(destination));
    const [only] = clients;
    if (clients.length < 2) return only;
    const batches = destinations.map((destination) => this.#optionsOf(destination).batch ?? {});
    const maxItems = Math.min(...batches.map((batch) => batch.maxItems ?? 2_048));
    const maxDelayMillis = Math.min(...batches.map((batch) => batch.maxDelayMillis ?? 1_000));
    const { resource } = this.#optionsOf({});
    const shared = { batch: { maxItems, maxDelayMillis }, ...(resource === undefined ? {} : { resource }) };
    return new FanOutClient(clients, shared, this.#plan.platform);
  }

  #optionsOf(destination: ClientOptions): ClientOptions {
    const { client = {} } = this.#options;
    // An endpoint set in code overrides signal endpoints from other sources.
    const { signalEndpoints: _, ...withoutEndpoints } = destination;
    return {
      resource: this.#plan.resource,
      ...(client.endpoint === undefined ? destination : withoutEndpoints),
      ...client,
      ...(destination.headers === undefined ? {} : { headers: mergedHeaders(destination.headers, client.headers) }),
      batch: { ...destination.batch, ...client.batch },
      queue: { ...destination.queue, ...client.queue },
      retry: { ...destination.retry, ...client.retry },
    };
  }
}
