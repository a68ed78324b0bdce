import type { LoggerProvider as ApiLoggerProvider, Logger, LoggerOptions } from '@opentelemetry/api';
import type { ItemFunction } from '@otelier/otlp';
import type { Client } from '../client/client.ts';
import type { FlushResult } from '../delivery/contract.ts';
import { type Environment, processEnvironment } from '../environment.ts';
import type { ResourceSource } from '../resource.ts';
import { type Scope, scopeBytes, scopeKey } from '../scope.ts';
import { Timeline } from '../time.ts';
import { type LogRecordLimits, resolveLogRecordLimits } from './limits.ts';
import { LightLogger, type LoggerConfig } from './logger.ts';

/** How a logger provider is set up. Only the client is needed. */
export interface LoggerProviderOptions {
  /** Where records go. Providers may share one, which ends with the last of them. */
  readonly client: Client;
  /** Attributes beside those of the client's resource, over which they win. */
  readonly resource?: ResourceSource;
  readonly logRecordLimits?: LogRecordLimits;
  /** What is done with log records before they are sent, in order. What one that throws was given is not sent, and counted. */
  readonly processors?: readonly ItemFunction<'logs'>[];
  /** Which records the logger of a scope takes. Default: all. */
  readonly loggerConfig?: (scope: Scope) => LoggerConfig;
  /** Default the time of this machine. */
  readonly timeline?: Timeline;
  /** Where limits come from that are not given. Default the process's, where there is one. */
  readonly environment?: Environment;
}

/** Makes loggers, whose records go to the client. Fits the API of `@opentelemetry/api` and that of `@opentelemetry/api-logs`. */
export class LoggerProvider implements ApiLoggerProvider {
  readonly #client: Client;
  readonly #loggers = new Map<string, Logger>();
  readonly #loggerOf: (scope: Scope) => Logger;
  readonly #leave: (timeoutMillis?: number) => Promise<FlushResult>;
  #isOpen = true;

  constructor(options: LoggerProviderOptions) {
    const { client, loggerConfig, environment = processEnvironment() } = options;
    this.#client = client;
    this.#leave = client.join();
    const resource = client.resource.with(options.resource);
    const shared = {
      limits: resolveLogRecordLimits(options.logRecordLimits ?? {}, environment),
      timeline: options.timeline ?? new Timeline(),
      isOpen: () => this.#isOpen,
    };
    this.#loggerOf = (scope) =>
      new LightLogger({
        ...shared,
        config: loggerConfig?.(scope) ?? {},
        scopeBuffer: client.scopeBuffer('logs', { resource, scope: scopeBytes(scope), processors: options.processors }),
      });
  }

  getLogger(name: string, version?: string, options?: LoggerOptions): Logger {
    const scope = { name, version, schemaUrl: options?.schemaUrl, attributes: options?.attributes };
    const key = scopeKey(scope);
    let logger = this.#loggers.get(key);
    if (logger === undefined) {
      logger = this.#loggerOf(scope);
      this.#loggers.set(key, logger);
    }
    return logger;
  }

  /** Sends the records that were emitted; see `Client.flush`. */
  forceFlush(timeoutMillis?: number): Promise<FlushResult> {
    return this.#client.flush(timeoutMillis);
  }

  /** Flushes; the client ends with the last of its providers. Safe twice. */
  shutdown(timeoutMillis?: number): Promise<FlushResult> {
    this.#isOpen = false;
    return this.#leave(timeoutMillis);
  }
}
