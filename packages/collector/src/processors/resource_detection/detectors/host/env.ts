import { defineDetector } from '../../detector.ts';

/** Reads `OTEL_RESOURCE_ATTRIBUTES`: `key=value,key=value`, with URL-encoded values. */
export const env = defineDetector({
  attributes: {},
  schemaUrl: '',
  empty: 'nothing',
  create:
    (_config, { environment }) =>
    async () => {
      const text = environment['OTEL_RESOURCE_ATTRIBUTES']?.trim() || environment['OTEL_RESOURCE']?.trim();
      return text ? parseAttributes(text) : undefined;
    },
});

/**
 * Matches an attribute. Keys and values are ASCII, as in the Collector. The length of each part is bounded, so that
 * matching takes linear time.
 */
const ATTRIBUTE =
  /[\t\n\f\r ]*([^\u0080-\uffff]{1,256}?)[\t\n\f\r ]*=[\t\n\f\r ]*([^\u0080-\uffff]{0,256}?)[\t\n\f\r ]*(?:,|$)/gy;

function parseAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  ATTRIBUTE.lastIndex = 0;
  for (let from = 0; from < text.length; from = ATTRIBUTE.lastIndex) {
    const found = ATTRIBUTE.exec(text);
    if (found === null)
      throw new Error(
        `OTEL_RESOURCE_ATTRIBUTES: expected key=value pairs with commas, got ${JSON.stringify(text.slice(from))}`,
      );
    const [, key = '', value = ''] = found;
    attributes[key] = unescapeValue(value);
  }
  return attributes;
}

function unescapeValue(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch (error) {
    throw new Error(`OTEL_RESOURCE_ATTRIBUTES: expected URL encoding, got ${JSON.stringify(value)}`, { cause: error });
  }
}
