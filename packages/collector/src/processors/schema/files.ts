import { readFile } from 'node:fs/promises';
import type { ComponentContext } from '../../component/contract.ts';
import { errorMessage } from '../../component/error-message.ts';
import { httpRequest } from '../../component/http/http-request.ts';
import { requestTls } from '../../component/http/request-tls.ts';
import { LookupCache } from '../../component/lookup/lookup-cache.ts';
import type { SchemaConfig } from './config.ts';
import { parseSchemaFile, type SchemaFile } from './file-format.ts';

/** Schema files, by URL. */
export interface SchemaFiles {
  /** Returns the file at a URL, from the cache or over HTTP. Manifests are followed. Rejects if there is none. */
  load(url: string): Promise<Exclude<SchemaFile, { kind: 'manifest' }>>;
  /** Reads the configured files. */
  start(): Promise<void>;
  close(): void;
}

/** Maximum size of a schema file. OpenTelemetry's files are about 200 kB. */
const MAX_FILE_BYTES = 8 << 20;
/** Maximum number of files in memory. It must be limited, because senders choose the versions. */
const MAX_FILES = 100;

/** Creates the schema files for a configuration. */
export function createSchemaFiles(config: SchemaConfig, { clock, logger, environment }: ComponentContext): SchemaFiles {
  const cache = new LookupCache<SchemaFile>({ size: MAX_FILES, ttlMillis: 0 }, clock);
  const inFlight = new Map<string, Promise<SchemaFile>>();
  const stop = new AbortController();
  const tls = requestTls(config.tls);
  const { headers, proxyUrl } = config;
  const proxyEnvironment = proxyUrl === undefined ? environment : { HTTP_PROXY: proxyUrl, HTTPS_PROXY: proxyUrl };
  let failures = 0;
  let retryAt = Number.NEGATIVE_INFINITY;

  const fetchText = async (url: string): Promise<string> => {
    const timeout = new AbortController();
    const cancel = clock.setTimeout(() => timeout.abort(), config.timeout || DEFAULT_TIMEOUT_MILLIS);
    try {
      const signal = AbortSignal.any([stop.signal, timeout.signal]);
      const response = await httpRequest(url, { headers, tls, signal, proxyEnvironment, maxBytes: MAX_FILE_BYTES });
      if (response.status !== 200) throw new Error(`expected status 200, got ${response.status}`);
      failures = 0;
      return response.body;
    } catch (error) {
      failures = Math.min(failures + 1, config.cacheRetryLimit);
      if (failures >= config.cacheRetryLimit) retryAt = clock.monotonic() + config.cacheCooldown;
      throw error;
    } finally {
      cancel();
    }
  };
  const fetchFile = async (url: string): Promise<SchemaFile> => {
    const file = parseSchemaFile(await fetchText(url));
    cache.set(url, file);
    return file;
  };
  const get = async (url: string): Promise<SchemaFile> => {
    const known = cache.get(url)?.value;
    if (known !== undefined) return known;
    const running = inFlight.get(url);
    if (running !== undefined) return running;
    if (clock.monotonic() < retryAt) throw new Error('too many requests failed, waiting for `cache_cooldown`');
    const fetching = fetchFile(url).finally(() => inFlight.delete(url));
    inFlight.set(url, fetching);
    return fetching;
  };
  return {
    async load(url) {
      try {
        const file = await get(url);
        if (file.kind !== 'manifest') return file;
        const resolved = await get(file.resolvedUrl);
        if (resolved.kind !== 'resolved') throw new Error(`expected a resolved registry at ${file.resolvedUrl}`);
        return resolved;
      } catch (error) {
        logger.warn({ url, error: errorMessage(error) }, 'loading a schema file failed');
        throw error;
      }
    },
    async start() {
      for (const path of config.files) {
        try {
          const file = parseSchemaFile(await readFile(path, 'utf8'));
          if (file.kind !== 'versions') throw new Error('file_format: expected 1.0.0 or 1.1.0');
          cache.set(file.url, file);
        } catch (error) {
          throw new Error(`${path}: ${errorMessage(error)}`, { cause: error });
        }
      }
    },
    close: () => stop.abort(),
  };
}

/** Every request has a timeout. */
const DEFAULT_TIMEOUT_MILLIS = 30_000;
