import { RESOURCE_FIELDS, ResourceView } from '@otelier/otlp';
import { AttributeCheck } from './inspect/attribute-check.ts';

/** Maximum length of a value that is kept. Senders choose it. */
const MAX_LENGTH = 200;

/** What a resource tells about the program that sends and its SDK. Unknown values are empty. */
export interface ResourceFacts {
  readonly service: string;
  readonly namespace: string;
  readonly instance: string;
  readonly version: string;
  readonly language: string;
  readonly sdk: string;
  readonly sdkVersion: string;
  readonly distribution: string;
  readonly host: string;
  readonly process: string;
  readonly pod: string;
  readonly container: string;
  /** Deprecated names of its attributes. */
  readonly deprecated: readonly string[];
  readonly hugeKey: string;
}

const KEYS = {
  service: 'service.name',
  namespace: 'service.namespace',
  instance: 'service.instance.id',
  version: 'service.version',
  language: 'telemetry.sdk.language',
  sdk: 'telemetry.sdk.name',
  sdkVersion: 'telemetry.sdk.version',
  distribution: 'telemetry.distro.name',
  host: 'host.name',
  process: 'process.pid',
  pod: 'k8s.pod.name',
  container: 'container.id',
} as const;

/** Reads the facts of the resource in `[start, end)`. */
export function readResource(bytes: Uint8Array, start: number, end: number): ResourceFacts {
  const { attributes } = new ResourceView().reset(bytes, start, end);
  const check = new AttributeCheck();
  check.check(bytes, start, end, RESOURCE_FIELDS.attributes);
  const text = (key: string): string => {
    const value = attributes.get(key);
    return value === undefined || typeof value === 'object' ? '' : String(value).slice(0, MAX_LENGTH);
  };
  const read = Object.fromEntries(Object.entries(KEYS).map(([name, key]) => [name, text(key)]));
  return {
    ...(read as Record<keyof typeof KEYS, string>),
    deprecated: [...check.deprecated.keys()],
    hugeKey: check.huge?.key ?? '',
  };
}
