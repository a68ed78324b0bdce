import { isIP } from 'node:net';
import { type AttributeEditor, encodeKey, readAnyValue } from '@otelier/otlp';
import { defineProcessor } from '../component/define.ts';
import { errorMessage } from '../component/error-message.ts';
import { attributesContextField, attributesHooks } from '../component/lookup/attributes-hooks.ts';
import { BatchRejection, createOwnedRewriter } from '../component/rewriter.ts';
import { inputFile, z } from '../component/schema.ts';
import { type GeoDatabase, openMaxmind, UnsupportedLookup } from './geoip/maxmind.ts';

export const geoip = defineProcessor({
  summary: 'Sets the location of IP addresses from a MaxMind database.',
  stability: 'alpha',
  signals: ['traces', 'metrics', 'logs'],
  config: z.object({
    providers: z
      .object({
        maxmind: z
          .object({ databasePath: inputFile().min(1).describe('Path of a GeoIP2-City or GeoLite2-City database.') })
          .describe('A MaxMind database.'),
      })
      .describe('Sources of locations.'),
    context: attributesContextField(),
    attributes: z
      .array(z.string())
      .min(1)
      .prefault(['client.address', 'source.address'])
      .describe('Attributes that contain an address. The first valid one is located.'),
  }),
  examples: [
    {
      title: 'The location of the client of each span',
      config: {
        providers: { maxmind: { database_path: '/usr/share/GeoIP/GeoLite2-City.mmdb' } },
        context: 'record',
        attributes: ['client.address', 'network.peer.address'],
      },
    },
  ],
  describe: ({ context, attributes }) => `${attributes.join(', ')} of the ${context}`,
  create({ providers, context: target, attributes }, next, context) {
    const keys = attributes.map(encodeKey);
    let database: GeoDatabase | undefined;
    let release = async (): Promise<void> => {};
    const locate = (editor: AttributeEditor): void => {
      const address = addressIn(editor, keys);
      if (address === undefined || database === undefined) return;
      try {
        for (const attribute of database.locate(address)) editor.set(attribute);
      } catch (error) {
        // As in the Collector: telemetry without a location would go unnoticed.
        if (error instanceof UnsupportedLookup) throw new BatchRejection(error.message);
        throw error;
      }
    };
    const rewriter = createOwnedRewriter([attributesHooks(target, context.signal, locate)], next, context);
    const path = providers.maxmind.databasePath;
    return {
      ...rewriter,
      async start() {
        const lease = await context.host.share(`maxmind:${path}`, async () => ({
          database: await openMaxmind(path, context.clock).catch((error: unknown) => {
            throw new Error(`${path}: expected a MaxMind database, got ${errorMessage(error)}`, { cause: error });
          }),
          close: async () => {},
        }));
        release = () => lease.release();
        ({ database } = lease.value);
      },
      shutdown: () => release(),
    };
  },
});

/** Returns the first attribute value that is an address, except the unspecified address. */
function addressIn(editor: AttributeEditor, keys: readonly Uint8Array[]): string | undefined {
  for (const key of keys) {
    const range = editor.value(key);
    if (range === undefined) continue;
    const value = readAnyValue(range.bytes, range.start, range.end);
    if (typeof value === 'string' && isIP(value) !== 0 && !UNSPECIFIED.test(value)) return value;
  }
  return undefined;
}

/** `0.0.0.0` and all notations of `::`. */
const UNSPECIFIED = /^(?:0\.0\.0\.0|[0:]+)$/;
