import { mediaTypeOf } from '../../../component/http/media-type.ts';
import type { ScrapeProtocol } from '../config/scrape.ts';

/** A format of pages. */
export type PageFormat = 'text' | 'openMetrics' | 'protobuf';

const ACCEPT: Readonly<Record<ScrapeProtocol, string>> = {
  PrometheusProto: 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
  'OpenMetricsText1.0.0': 'application/openmetrics-text;version=1.0.0',
  'OpenMetricsText0.0.1': 'application/openmetrics-text;version=0.0.1',
  'PrometheusText1.0.0': 'text/plain;version=1.0.0',
  'PrometheusText0.0.4': 'text/plain;version=0.0.4',
};

/** Returns the `Accept` header that asks for formats, most wanted first. */
export function acceptHeader(protocols: readonly ScrapeProtocol[], escaping: string): string {
  const types = protocols.map((protocol, index) => {
    const isNew = protocol === 'PrometheusText1.0.0' || protocol === 'OpenMetricsText1.0.0';
    return `${ACCEPT[protocol]}${isNew ? `;escaping=${escaping}` : ''};q=0.${protocols.length + 1 - index}`;
  });
  return [...types, '*/*;q=0.1'].join(',');
}

/** Returns the format of a content type. Unknown ones are read in the format of the fallback. */
export function formatOf(contentType: string, fallback: ScrapeProtocol): PageFormat {
  switch (mediaTypeOf(contentType)) {
    case 'application/openmetrics-text':
      return 'openMetrics';
    case 'application/vnd.google.protobuf':
      return 'protobuf';
    case 'text/plain':
      return 'text';
    default:
      if (fallback === 'PrometheusProto') return 'protobuf';
      return fallback.startsWith('OpenMetrics') ? 'openMetrics' : 'text';
  }
}
