import type { Convert } from './conversion.ts';

/** A format that can be converted. */
export interface SourceFormat {
  readonly name: string;
  readonly title: string;
  /** Reports whether a text is clearly of this format. */
  detect(text: string): boolean;
  /** Loads the conversion. */
  load(): Promise<Convert>;
}

/** Number of characters that are inspected to detect a format. */
const DETECTED_LENGTH = 64 * 1024;

/** The formats, by their names on the command line. */
export const FORMATS: readonly SourceFormat[] = [
  {
    name: 'helm-opentelemetry-collector',
    title: 'values of the Helm chart opentelemetry-collector',
    detect: (text) => /^\s*mode:\s*["']?(?:daemonset|deployment|statefulset)\b/m.test(text),
    load: async () => (await import('./helm-chart/convert.ts')).convertHelmChart,
  },
  {
    name: 'promtail',
    title: 'Promtail',
    detect: (text) =>
      /^scrape_configs\s*:/m.test(text) &&
      /^(clients?|positions|scrape_configs)\s*:/m.test(text) &&
      /^(clients?|positions)\s*:/m.test(text),
    load: async () => (await import('./promtail/convert.ts')).convertPromtail,
  },
  {
    name: 'alloy',
    title: 'Grafana Alloy',
    detect: (text) => /^(?:loki|prometheus|otelcol|discovery|local|pyroscope)(?:\.\w+)+(?: "\w+")?\s*\{/m.test(text),
    load: async () => (await import('./alloy/convert.ts')).convertAlloy,
  },
  {
    name: 'fluent-bit',
    title: 'Fluent Bit',
    detect: (text) =>
      /^\s*\[(?:INPUT|OUTPUT|FILTER|SERVICE|PARSER)\]\s*$/im.test(text) ||
      (/^pipeline\s*:/m.test(text) && /^\s+(?:inputs|outputs)\s*:/m.test(text)),
    load: async () => (await import('./fluent-bit/convert.ts')).convertFluentBit,
  },
];

/** Returns the format of a text if it is clear. */
export function detectFormat(text: string): SourceFormat | undefined {
  const start = text.slice(0, DETECTED_LENGTH);
  const found = FORMATS.filter((format) => format.detect(start));
  return found.length === 1 ? found[0] : undefined;
}
