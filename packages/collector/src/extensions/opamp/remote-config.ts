import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import { errorMessage } from '../../component/error-message.ts';
import type { Configuration, RemoteFile } from '../../component/host.ts';
import { type AgentRemoteConfig, APPLY_STATUS, type RemoteConfigStatus } from './messages.ts';

/** What applying a remote configuration needs. */
export interface RemoteConfigOptions {
  readonly configuration: Configuration | undefined;
  readonly logger: Logger;
  /** The status of the last offer. */
  readonly status: RemoteConfigStatus;
  /** Called when the status has changed. `applied` are the files of a configuration that was applied. */
  changed(status: RemoteConfigStatus, applied: readonly RemoteFile[] | undefined): void;
}

/** Largest configuration that is read. */
const MAX_CONFIG_BYTES = 4 << 20;

/**
 * Applies the configurations that a server offers, one after the other: the newest offer replaces one that waits. A
 * configuration that is invalid or does not start changes nothing, and its status says why.
 */
export class RemoteConfig {
  readonly #options: RemoteConfigOptions;
  #status: RemoteConfigStatus;
  #waiting: AgentRemoteConfig | undefined;
  #isApplying = false;

  constructor(options: RemoteConfigOptions) {
    this.#options = options;
    this.#status = options.status;
  }

  /** Applies an offer unless it is the last one again. */
  offer(offer: AgentRemoteConfig): void {
    this.#waiting = offer;
    if (!this.#isApplying) void this.#applyWaiting();
  }

  /** Applies the configuration that was applied before the process was restarted. */
  restore(remote: readonly RemoteFile[]): void {
    this.#isApplying = true;
    void this.#reload(remote).then((failure) => {
      this.#isApplying = false;
      if (failure !== undefined) this.#set({ ...this.#status, status: APPLY_STATUS.failed, errorMessage: failure });
      return this.#applyWaiting();
    });
  }

  async #applyWaiting(): Promise<void> {
    const offer = this.#waiting;
    this.#waiting = undefined;
    if (offer === undefined) return;
    this.#isApplying = true;
    await this.#apply(offer);
    this.#isApplying = false;
    await this.#applyWaiting();
  }

  async #apply(offer: AgentRemoteConfig): Promise<void> {
    const hash = hashOf(offer);
    const { lastRemoteConfigHash } = this.#status;
    if (lastRemoteConfigHash !== undefined && Buffer.from(hash).equals(lastRemoteConfigHash)) return;
    const status = { lastRemoteConfigHash: hash };
    this.#set({ ...status, status: APPLY_STATUS.applying });
    const files = filesOf(offer);
    const failure = typeof files === 'string' ? files : await this.#reload(files);
    if (failure !== undefined) this.#set({ ...status, status: APPLY_STATUS.failed, errorMessage: failure });
    else this.#set({ ...status, status: APPLY_STATUS.applied }, typeof files === 'string' ? undefined : files);
  }

  #set(status: RemoteConfigStatus, applied?: readonly RemoteFile[]): void {
    this.#status = status;
    this.#options.changed(status, applied);
  }

  /** Returns the reason if the configuration was not applied. */
  async #reload(remote: readonly RemoteFile[]): Promise<string | undefined> {
    const { configuration, logger } = this.#options;
    if (configuration === undefined) return 'the configuration of this process cannot be reloaded';
    try {
      const { result, reason } = await configuration.reload({ trigger: 'opamp', remote });
      return result === 'rolled_back' ? (reason ?? 'it was rolled back') : undefined;
    } catch (error) {
      // The service has not started, or it is a bug.
      logger.error({ err: error }, 'remote configuration not applied');
      return errorMessage(error);
    }
  }
}

/** Returns the hash of the server, or one of the content if the server sends none. */
function hashOf({ config, configHash }: AgentRemoteConfig): Uint8Array {
  if (configHash !== undefined && configHash.length > 0) return configHash;
  const hash = createHash('sha256');
  for (const [name, { body = '' }] of config?.configMap ?? []) hash.update(`${name}\0`).update(body).update('\0');
  return hash.digest();
}

/**
 * Returns the files in the order in which they are merged: by name, and the one without a name last. Returns a text if they
 * are no configuration.
 */
function filesOf({ config }: AgentRemoteConfig): readonly RemoteFile[] | string {
  const files = [...(config?.configMap ?? [])];
  const sizeBytes = files.reduce((sum, [, { body }]) => sum + (body?.length ?? 0), 0);
  if (sizeBytes > MAX_CONFIG_BYTES)
    return `remote configuration: expected at most ${MAX_CONFIG_BYTES} bytes, got ${sizeBytes}`;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    return files
      .toSorted(([a], [b]) => Number(a === '') - Number(b === '') || (a < b ? -1 : 1))
      .map(([name, { body }]) => ({
        name: name === '' ? 'remote configuration' : `remote configuration ${name}`,
        text: decoder.decode(body),
      }));
  } catch {
    return 'remote configuration: expected text in UTF-8, got other bytes';
  }
}
