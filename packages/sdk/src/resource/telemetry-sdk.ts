import type { Attributes } from '../attributes/attribute-list.ts';

/** Which SDK the telemetry comes from; the name `opentelemetry` is kept for the official ones (semantic conventions, "Telemetry SDK"). */
export function telemetrySdk(language: 'nodejs' | 'webjs'): Attributes {
  return {
    'telemetry.sdk.language': language,
    'telemetry.sdk.name': '@otelier/sdk',
    'telemetry.sdk.version': VERSION,
  };
}

/** The version of the package, as a constant: pages have no file to read it from. */
const VERSION = '0.1.0';
