import type { ComponentContext } from '../../component/contract.ts';
import { httpRequest } from '../../component/http/http-request.ts';
import { requestTls } from '../../component/http/request-tls.ts';
import { createDnsClient } from '../../component/lookup/dns-client.ts';
import { LookupCache } from '../../component/lookup/lookup-cache.ts';
import { LookupPool } from '../../component/lookup/lookup-pool.ts';
import type { SourceConfig } from './config.ts';
import { fromJson } from './plain-value.ts';
import { FAILED, type LookupResult, type LookupSource, MISSING } from './source.ts';

/** Maximum time that a batch waits for its lookups, in lookup timeouts, even if it has more keys than fit. */
const MAX_WAIT_TIMEOUTS = 5;

/** Creates a cached source that queries a server for each key. */
export function createNetworkSource(config: SourceConfig, context: ComponentContext): LookupSource {
  const { timeout, maxConcurrent } = config;
  const { lookUp, close } = config.type === 'dns' ? dnsLookup(config) : httpLookup(config, context);
  const { enabled, size, ttl, negativeTtl } = config.cache;
  const cache = new LookupCache<LookupResult>({ size: enabled ? size : 0, ttlMillis: ttl }, context.clock);
  const pool = new LookupPool(
    async (key) => {
      const result = await lookUp(key);
      if (result.kind === 'found') cache.set(key, result);
      else if (result.kind === 'missing' && negativeTtl > 0) cache.set(key, result, negativeTtl);
      return result;
    },
    { maxConcurrent, maxWaitMillis: MAX_WAIT_TIMEOUTS * timeout },
    context.clock,
  );
  return {
    get: (key) => cache.get(key)?.value,
    fetch: (keys, onResult) => pool.lookUpAll(keys, onResult),
    shutdown: close,
  };
}

interface NetworkLookup {
  /** Returns the result for a key. Must not reject. */
  lookUp(key: string): Promise<LookupResult>;
  close(): void;
}

function dnsLookup({ recordType, server, timeout, multipleResults }: SourceConfig): NetworkLookup {
  const client = createDnsClient({ timeoutMillis: timeout, server: server || undefined, usesHostsFile: true });
  return {
    async lookUp(key) {
      const isReverse = recordType === 'PTR' || recordType === '';
      const result = isReverse ? await client.names(key) : await client.addresses(key, recordType === 'A' ? 4 : 6);
      if (result.kind === 'failed' && !result.isTemporary) return FAILED;
      if (result.kind !== 'found') return MISSING;
      return { kind: 'found', value: multipleResults ? result.values.join(',') : result.values[0] };
    },
    close: () => client.close(),
  };
}

function httpLookup({ url, headers, tls, timeout }: SourceConfig, { clock }: ComponentContext): NetworkLookup {
  const stop = new AbortController();
  const tlsOptions = requestTls(tls);
  return {
    async lookUp(key) {
      const own = new AbortController();
      const cancel = clock.setTimeout(() => own.abort(), timeout);
      try {
        const signal = AbortSignal.any([own.signal, stop.signal]);
        const target = url.replaceAll('{key}', encodeURIComponent(key));
        const response = await httpRequest(target, { headers, signal, tls: tlsOptions });
        if (response.status === 404 || response.status === 204) return MISSING;
        if (response.status !== 200) return FAILED;
        const isJson = /\bjson\b/.test(response.headers['content-type'] ?? '');
        const value = isJson ? fromJson(JSON.parse(response.body)) : response.body.trim();
        return { kind: 'found', value };
      } catch {
        return FAILED;
      } finally {
        cancel();
      }
    },
    close: () => stop.abort(),
  };
}
