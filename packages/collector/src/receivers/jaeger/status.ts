import { SPAN_KIND, type SpanAttributes, type SpanKind, STATUS_CODE, type StatusData } from '../../spans/span-data.ts';

/**
 * Derives the status of a span from its attributes, as the Collector does, and removes those that only describe it: `error`
 * comes first, then `otel.status_code`, then the status of HTTP.
 */
export function takeStatus(attributes: SpanAttributes, kind: SpanKind): StatusData {
  const isError = attributes.get('error') === true;
  let status: StatusData | undefined;
  if (isError) {
    attributes.delete('error');
    const message = takeDescription(attributes) ?? textOf(attributes, 'http.status_message');
    status = { code: STATUS_CODE.error, message };
  }
  const codeName = attributes.get('otel.status_code');
  if (codeName !== undefined) {
    attributes.delete('otel.status_code');
    if (status !== undefined) return status;
    const code = typeof codeName === 'string' ? CODES.get(codeName.toUpperCase()) : undefined;
    return { code: code ?? STATUS_CODE.unset, message: takeDescription(attributes) ?? '' };
  }
  return status ?? statusOfHttp(attributes, kind);
}

const CODES: ReadonlyMap<string, number> = new Map([
  ['OK', STATUS_CODE.ok],
  ['ERROR', STATUS_CODE.error],
]);
const UNSET: StatusData = { code: STATUS_CODE.unset, message: '' };

function takeDescription(attributes: SpanAttributes): string | undefined {
  if (!attributes.has('otel.status_description')) return undefined;
  const description = textOf(attributes, 'otel.status_description');
  attributes.delete('otel.status_description');
  return description;
}

function statusOfHttp(attributes: SpanAttributes, kind: SpanKind): StatusData {
  const value = attributes.get('http.status_code');
  const isInteger = typeof value === 'bigint' || (typeof value === 'string' && /^[+-]?\d+$/.test(value));
  if (!isInteger) return UNSET;
  const code = Number(value);
  // Errors of clients are no errors of the server.
  if (code >= 400 && code < 500 && kind === SPAN_KIND.server) return UNSET;
  if (code >= 100 && code < 399) return UNSET;
  return { code: STATUS_CODE.error, message: textOf(attributes, 'http.status_message') };
}

function textOf(attributes: SpanAttributes, key: string): string {
  const value = attributes.get(key);
  return typeof value === 'string' ? value : '';
}
