import type { ComponentContext, Extension } from '../../component/contract.ts';
import { errorMessage } from '../../component/error-message.ts';
import type { Lease } from '../../component/host.ts';
import type { OwnMetric } from '../../component/observe/own-metric.ts';
import type { AlertingConfig } from './config.ts';
import type { OfferedAlerting } from './offered-alerting.ts';
import { alertingMetrics } from './own-metrics.ts';
import { rulesViewOf } from './rules-view.ts';
import { SharedAlerting } from './shared-alerting.ts';

/** How often it is checked whether the store is open, in milliseconds. Extensions start before exporters. */
const POLL_MILLIS = 50;

/** Evaluates rules while it runs. A successor in a reload continues its state. */
export class AlertingExtension implements Extension {
  readonly offers: OfferedAlerting;
  readonly #config: AlertingConfig;
  readonly #context: ComponentContext;
  #lease: Lease<SharedAlerting> | undefined;
  #opening: Promise<void> | undefined;
  #cancel: (() => void) | undefined;
  #unsubscribe: (() => void) | undefined;
  #isStopped = false;

  constructor(config: AlertingConfig, context: ComponentContext) {
    this.#config = config;
    this.#context = context;
    this.offers = {
      kind: 'alerting',
      rules: rulesViewOf(() => this.#lease?.value.alerting),
      alerting: () => this.#lease?.value.alerting,
      notifier: () => this.#lease?.value.notifier,
      removeTenant: async (tenant) => this.#lease?.value.removeTenant(tenant),
    };
  }

  async start(): Promise<void> {
    this.#wait();
    // A reload reads rule files again, also if the configuration is the same.
    this.#unsubscribe = this.#context.host.configuration?.subscribe(({ kept }) => {
      if (!kept.includes(`extensions/${this.#context.id}`)) return;
      void this.#lease?.value.apply(this, this.#config, false);
    });
  }

  metrics(): readonly OwnMetric[] {
    const { alerting, notifier } = this.#lease?.value ?? {};
    return alertingMetrics(alerting, notifier);
  }

  async shutdown(): Promise<void> {
    this.#isStopped = true;
    this.#cancel?.();
    this.#unsubscribe?.();
    await this.#opening;
    const lease = this.#lease;
    this.#lease = undefined;
    await lease?.value.release(this);
    await lease?.release();
  }

  /** Waits until the store is open. */
  #wait(): void {
    if (this.#isStopped) return;
    const store = this.#store();
    if (store !== undefined) {
      this.#opening = this.#open(store);
      return;
    }
    this.#cancel = this.#context.clock.setTimeout(() => this.#wait(), POLL_MILLIS);
  }

  async #open(store: Parameters<typeof SharedAlerting.open>[2]): Promise<void> {
    const { host, id } = this.#context;
    let isFirst = false;
    try {
      const lease = await host.share(`alerting:${id}:${store.id}`, async () => {
        isFirst = true;
        return SharedAlerting.open(this.#config, this.#context, store);
      });
      this.#lease = lease;
      await lease.value.apply(this, this.#config, isFirst);
      this.#context.reportStatus(undefined);
    } catch (error) {
      this.#context.reportStatus(`rules are not evaluated: ${errorMessage(error)}`, 'permanent');
    }
  }

  #store(): Parameters<typeof SharedAlerting.open>[2] | undefined {
    const stores = this.#context.host.stores();
    const id = this.#config.store ?? stores.keys().next().value;
    const value = id === undefined ? undefined : stores.get(id);
    return id === undefined || value === undefined ? undefined : { id, value };
  }
}
