import { type AttributeEditor, EncodedAttribute, encodeKey, readAnyValue } from '@otelier/otlp';
import { defineProcessor } from '../component/define.ts';
import { attributesHooks } from '../component/lookup/attributes-hooks.ts';
import type { DnsResult } from '../component/lookup/dns-client.ts';
import { createEnricher } from '../component/lookup/enricher.ts';
import { LookupCache } from '../component/lookup/lookup-cache.ts';
import { LookupPool } from '../component/lookup/lookup-pool.ts';
import { createRewriter } from '../component/rewriter.ts';
import { type DnsLookupConfig, dnsLookupConfig } from './dns_lookup/config.ts';
import { createResolvers, type Direction, lookupText } from './dns_lookup/resolvers.ts';

const DIRECTIONS = ['resolve', 'reverse'] as const;
/** Maximum time that a batch waits for its lookups, in query timeouts. */
const MAX_WAIT_TIMEOUTS = 10;
const MISSING: DnsResult = { kind: 'missing' };

export const dnsLookup = defineProcessor({
  summary: 'Looks up the addresses of hostnames, or the hostnames of addresses, and sets them as attributes.',
  stability: 'development',
  signals: ['traces', 'metrics', 'logs'],
  aliases: ['dnslookup'],
  config: dnsLookupConfig,
  examples: [
    {
      title: 'The hostname of the client of each span',
      config: {
        resolve: { enabled: false },
        reverse: {
          enabled: true,
          context: 'record',
          source_attributes: ['client.address'],
          target_attribute: 'client.name',
        },
        nameservers: ['10.0.0.53'],
      },
    },
  ],
  describe: (config) => DIRECTIONS.filter((direction) => config[direction].enabled).join(', '),
  create(config, next, context) {
    const resolvers = createResolvers(config, context);
    const hits = new LookupCache<DnsResult>(
      { size: config.hitCacheSize, ttlMillis: config.hitCacheTtl },
      context.clock,
    );
    const misses = new LookupCache<DnsResult>(
      { size: config.missCacheSize, ttlMillis: config.missCacheTtl },
      context.clock,
    );
    const pool = new LookupPool<DnsResult>(
      async (key) => {
        const [direction = '', text = ''] = key.split(' ');
        const result = await resolvers.lookUp(direction as Direction, text);
        if (result.kind === 'found') hits.set(key, result);
        else if (result.kind === 'missing' || !result.isTemporary) misses.set(key, MISSING);
        return result;
      },
      { maxConcurrent: config.maxConcurrent, maxWaitMillis: MAX_WAIT_TIMEOUTS * config.timeout },
      context.clock,
    );
    const { consume } = createEnricher<DnsResult>(
      {
        get: (key) => (misses.get(key) ?? hits.get(key))?.value,
        fetch: (keys, onResult) => pool.lookUpAll(keys, onResult),
        failed: MISSING,
        // The reverse lookup can use the result of the forward lookup.
        maxRounds: DIRECTIONS.length,
        createRewriter(find, rewritten) {
          const hooks = DIRECTIONS.filter((direction) => config[direction].enabled).map((direction) =>
            attributesHooks(config[direction].context, context.signal, editOf(direction, config[direction], find)),
          );
          return createRewriter(hooks, rewritten, context);
        },
      },
      next,
    );
    return { consume, start: () => resolvers.start(), shutdown: async () => resolvers.close() };
  },
});

function editOf(
  direction: Direction,
  { sourceAttributes, targetAttribute }: DnsLookupConfig[Direction],
  find: (key: string) => DnsResult | undefined,
): (editor: AttributeEditor) => void {
  const sources = sourceAttributes.map(encodeKey);
  const target = encodeKey(targetAttribute);
  return (editor) => {
    const text = textIn(editor, sources, direction);
    const result = text === undefined ? undefined : find(`${direction} ${text}`);
    if (result?.kind === 'found') editor.set(EncodedAttribute.ofKey(target, result.values[0] ?? ''));
  };
}

/** Returns the first attribute value that can be looked up. */
function textIn(editor: AttributeEditor, keys: readonly Uint8Array[], direction: Direction): string | undefined {
  for (const key of keys) {
    const range = editor.value(key);
    const value = range && readAnyValue(range.bytes, range.start, range.end);
    const text = typeof value === 'string' ? lookupText(direction, value) : undefined;
    if (text !== undefined) return text;
  }
  return undefined;
}
