import type { DetectorName } from '../resource/detection.ts';
import type { Variables } from './variables.ts';

/** Reads `OTEL_NODE_RESOURCE_DETECTORS`. Default: all detectors. */
export function detectorsFrom(variables: Variables): readonly DetectorName[] {
  const names = variables.choices('OTEL_NODE_RESOURCE_DETECTORS', [...Object.keys(DETECTORS), 'all', 'none']) ?? [
    'all',
  ];
  if (names.includes('none')) return [];
  return (names.includes('all') ? Object.keys(DETECTORS) : names).flatMap((name) => DETECTORS[name] ?? []);
}

/** Detectors by their name in opentelemetry-js. */
const DETECTORS: Readonly<Record<string, DetectorName>> = {
  host: 'host',
  os: 'os',
  process: 'process',
  container: 'container',
  kubernetes: 'kubernetes',
  serviceinstance: 'service',
  env: 'environment',
};
