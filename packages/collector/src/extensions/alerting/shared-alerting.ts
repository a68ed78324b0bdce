import { join, resolve } from 'node:path';
import { type Alerting, type AlertingSettings, createAlerting } from '@otelier/alerting';
import { createNotifier, type Notifier } from '@otelier/alerting/notify';
import type { StateCipher } from '@otelier/journal';
import type { Store } from '@otelier/store';
import type { ComponentContext } from '../../component/contract.ts';
import { openStorageEncryption, type StorageEncryption } from '../../component/encryption/storage-encryption.ts';
import { errorMessage } from '../../component/error-message.ts';
import type { AlertingConfig } from './config.ts';
import { loadSettings } from './load-settings.ts';

/** The evaluation of rules in a directory, which survives a reload of the extension's configuration. */
export class SharedAlerting {
  readonly alerting: Alerting;
  readonly #context: ComponentContext;
  readonly #directory: string;
  readonly #cipher: StateCipher | undefined;
  #encryption: StorageEncryption | undefined;
  /** The configurations of extensions that use it; the last one applies. */
  readonly #owners = new Map<object, AlertingConfig>();
  #notifier: Notifier | undefined;
  /** Changes are applied one after another. */
  #last: Promise<void> = Promise.resolve();

  /** Starts to evaluate rules over a store. */
  static async open(
    config: AlertingConfig,
    context: ComponentContext,
    store: { readonly id: string; readonly value: Store },
  ): Promise<SharedAlerting> {
    const directory = await directoryOf(config, store.value);
    const encryption = config.encryption && (await openStorageEncryption(directory, config.encryption, context));
    try {
      const cipher = await encryption?.stateCipher();
      const shared = new SharedAlerting(config, context, directory, store.id, cipher);
      await shared.alerting.start();
      shared.#encryption = encryption;
      return shared;
    } catch (error) {
      await encryption?.close();
      throw error;
    }
  }

  private constructor(
    config: AlertingConfig,
    context: ComponentContext,
    directory: string,
    storeId: string,
    cipher: StateCipher | undefined,
  ) {
    this.#cipher = cipher;
    this.#context = context;
    this.#directory = directory;
    const { clock, host, logger } = context;
    // Other processes may write to a database, but not to the embedded store.
    const isComplete = storeId.split('/')[0] === 'store';
    this.alerting = createAlerting({
      ...this.#settings(config),
      clock,
      directory,
      cipher,
      store: () => host.stores().get(storeId),
      subscribe: isComplete
        ? (listener) =>
            host.subscribe({ signal: 'metrics', into: storeId }, ({ parts, context: { tenant } }) => {
              for (const part of parts) listener(part, tenant);
            })
        : undefined,
      warn: (fields, message) => logger.warn({ ...fields }, message),
    });
  }

  get notifier(): Notifier | undefined {
    return this.#notifier;
  }

  /** Applies a configuration until it is released, or another one is applied. */
  apply(owner: object, config: AlertingConfig, isFirst: boolean): Promise<void> {
    this.#owners.set(owner, config);
    return isFirst ? Promise.resolve() : this.#update(config);
  }

  /** Ends the use of a configuration. If it was the last one that was applied, the one before applies again. */
  async release(owner: object): Promise<void> {
    const wasLast = [...this.#owners.keys()].at(-1) === owner;
    this.#owners.delete(owner);
    const before = [...this.#owners.values()].at(-1);
    if (wasLast && before !== undefined) await this.#update(before);
  }

  /** Forgets what is kept of a tenant. Rules of the configuration stay, and find nothing. */
  async removeTenant(tenant: string): Promise<void> {
    const remove = async (): Promise<void> => {
      await this.alerting.removeTenant(tenant);
      await this.#notifier?.removeTenant(tenant);
    };
    this.#last = this.#last.then(remove, remove);
    await this.#last;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.alerting.close();
    await this.#notifier?.close();
    await this.#encryption?.close();
  }

  async #update(config: AlertingConfig): Promise<void> {
    const update = async (): Promise<void> => {
      const notifier = this.#notifier;
      this.#notifier = undefined;
      await notifier?.close();
      await this.alerting.update(this.#settings(config));
    };
    this.#last = this.#last.then(update, update);
    await this.#last;
  }

  #settings(config: AlertingConfig): AlertingSettings {
    const { groups, slos, notifications, issues, warnings } = loadSettings(config);
    const { logger, clock } = this.#context;
    for (const { path, message } of issues) logger.error({ path: path.join('.') }, `rules not loaded: ${message}`);
    for (const { path, message } of warnings) logger.warn({ path: path.join('.') }, message);
    try {
      this.#notifier =
        notifications &&
        createNotifier({
          config: notifications,
          clock,
          directory: join(this.#directory, 'notifications'),
          cipher: this.#cipher,
          externalUrl: config.externalUrl,
          log: ({ level, message, fields }) => logger[level]({ ...fields }, message),
        });
    } catch (error) {
      logger.error(`notifications are off: ${errorMessage(error)}`);
    }
    return {
      groups,
      slos,
      evaluationIntervalMillis: config.evaluationInterval,
      externalLabels: config.externalLabels,
      externalUrl: config.externalUrl,
      sink: this.#notifier,
    };
  }
}

async function directoryOf({ directory }: AlertingConfig, store: Store): Promise<string> {
  if (directory !== undefined) return resolve(directory);
  return resolve(join((await store.stats()).directory, 'alerting'));
}
