import type { Attributes } from '../../attributes/attribute-list.ts';
import type { Environment } from '../../environment.ts';
import { detectResource } from '../../resource/detect.ts';
import type { DetectorName } from '../../resource/detection.ts';
import { resourceFromEnvironment } from '../../resource/environment.ts';
import type { ResourceSource } from '../../resource.ts';
import type { ConfigNode } from './config-node.ts';
import { wildcard } from './config-node.ts';

/** Reads `resource`. `attributes` override `attributes_list`, which overrides detected attributes. */
export function resourceOf(node: ConfigNode, environment: Environment): ResourceSource {
  node.mapping('attributes', 'attributes_list', 'detection/development', 'schema_url');
  node.at('schema_url').requireOneOf([], 'this library does not support schema URLs of resources');
  const given = { ...attributesListed(node.at('attributes_list')), ...attributesOf(node.at('attributes')) };
  const detected = detectedBy(node.at('detection/development'), environment);
  return detected === undefined ? given : detected.then((found) => ({ ...found, ...given }));
}

function attributesOf(node: ConfigNode): Attributes {
  const entries = node.items().flatMap((item) => {
    const name =
      item.mapping('name', 'value', 'type').at('name').text() ?? item.at('name').fail('the name of an attribute');
    const value = item.at('value');
    if (!value.isPresent) value.fail('the value of the attribute');
    return value.isEmpty ? [] : [[name, checked(value, item.at('type').choice(TYPES) ?? 'string')] as const];
  });
  return Object.fromEntries(entries);
}

function checked(node: ConfigNode, type: (typeof TYPES)[number]): unknown {
  const single = type.replace('_array', '') as keyof typeof CHECKS;
  const isExpected = (value: unknown) => CHECKS[single](value);
  if (single === type) return isExpected(node.value) ? node.value : node.fail(`a value of type ${type}`);
  return node.items().map((item) => (isExpected(item.value) ? item.value : item.fail(`a value of type ${single}`)));
}

/** Reads a list in the format of `OTEL_RESOURCE_ATTRIBUTES`. */
function attributesListed(node: ConfigNode): Attributes {
  const list = node.text() ?? '';
  const attributes = resourceFromEnvironment({ OTEL_RESOURCE_ATTRIBUTES: list });
  if (Object.keys(attributes).length === 0 && list.trim() !== '')
    node.fail('a comma-separated list of percent-encoded key=value pairs');
  return attributes;
}

function detectedBy(node: ConfigNode, environment: Environment): Promise<Attributes> | undefined {
  node.mapping('attributes', 'detectors');
  const keys = node.at('attributes').mapping('included', 'excluded');
  const included = keys.at('included').isPresent ? patternsOf(keys.at('included')) : [/^/];
  const excluded = patternsOf(keys.at('excluded'));
  const read = (of: ConfigNode, key: string) => of.mapping() && (DETECTORS[key] ?? []);
  const readers = Object.fromEntries(Object.keys(DETECTORS).map((name) => [name, read]));
  const detectors = node
    .at('detectors')
    .items()
    .flatMap((item) => item.one(readers));
  if (detectors.length === 0) return undefined;
  const service = detectors.includes('service') ? serviceName(environment) : {};
  return detectResource({ environment, detectors: [...detectors, () => service] }).then((found) =>
    Object.fromEntries(
      Object.entries(found).filter(
        ([key]) => included.some((pattern) => pattern.test(key)) && !excluded.some((pattern) => pattern.test(key)),
      ),
    ),
  );
}

/** Returns the service name from the environment. The service detector reads it even if there is a file. */
function serviceName(environment: Environment): Attributes {
  return environment['OTEL_SERVICE_NAME'] ? { 'service.name': environment['OTEL_SERVICE_NAME'] } : {};
}

function patternsOf(node: ConfigNode): readonly RegExp[] {
  return node.items().map((item) => wildcard(item.text() ?? item.fail('a pattern')));
}

/** Detectors by schema name, including detectors specific to this library. */
const DETECTORS: Readonly<Record<string, readonly DetectorName[]>> = {
  host: ['host', 'os'],
  process: ['process'],
  container: ['container'],
  service: ['service'],
  os: ['os'],
  kubernetes: ['kubernetes'],
};

const TYPES = ['string', 'bool', 'int', 'double', 'string_array', 'bool_array', 'int_array', 'double_array'] as const;

const CHECKS = {
  string: (value: unknown) => typeof value === 'string',
  bool: (value: unknown) => typeof value === 'boolean',
  int: (value: unknown) => Number.isInteger(value),
  double: (value: unknown) => typeof value === 'number',
} as const;
