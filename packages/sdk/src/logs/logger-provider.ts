import type { LoggerProvider as ApiLoggerProvider, Logger, LoggerOptions } from '@opentelemetry/api';
import type { ItemFunction } from '@otelier/otlp';
import type { ProviderClient } from '../client/basic/basic-client.ts';
import type { FlushResult } from '../delivery/contract.ts';
import { type Environment, processEnvironment } from '../environment.ts';
import type { ResourceSource } from '../resource.ts';
import { type Scope, scopeBytes, scopeKey } from '../scope.ts';
import { Timeline } from '../time.ts';
import { type LogRecordLimits, resolveLogRecordLimits } from './limits.ts';
import { LightLogger, type LoggerConfig } from './logger.ts';

/** Options for a logger provider. Only the client is required. */
export interface LoggerProviderOptions {
  /** The client that sends the records. Providers can share a client, which shuts down with the last of them. */
  readonly client: ProviderClient;
  /** Attributes that override the client's resource attributes. */
  readonly resource?: ResourceSource;
  readonly logRecordLimits?: LogRecordLimits;
  /** Processors to run before records are sent, in order. If one throws, the records are dropped and counted. */
  readonly processors?: readonly ItemFunction<'logs'>[];
  /** Returns the configuration of a scope's logger. Default: all records are accepted. */
  readonly loggerConfig?: (scope: Scope) => LoggerConfig;
  /** Source of timestamps. Default: the system clock. */
  readonly timeline?: Timeline;
  /** Environment variables that provide default limits. Default: those of the process, if any. */
  readonly environment?: Environment;
}

/**
 * Creates loggers whose records are sent by the client. Implements the `LoggerProvider` of `@opentelemetry/api` and
 * `@opentelemetry/api-logs`.
 */
export class LoggerProvider implements ApiLoggerProvider {
  readonly #client: ProviderClient;
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

  /** Sends the emitted records. See `Client.flush`. */
  forceFlush(timeoutMillis?: number): Promise<FlushResult> {
    return this.#client.flush(timeoutMillis);
  }

  /** Flushes. The client shuts down together with the last of its providers. Idempotent. */
  shutdown(timeoutMillis?: number): Promise<FlushResult> {
    this.#isOpen = false;
    return this.#leave(timeoutMillis);
  }
}
