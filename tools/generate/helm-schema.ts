import { isMap, isScalar, isSeq, parseDocument, type YAMLMap } from 'yaml';

type Schema = Readonly<Record<string, unknown>>;

/** What the defaults cannot tell, by the path of a value. */
const REFINEMENTS: Readonly<Record<string, Schema>> = {
  mode: { enum: ['all-in-one', 'agent', 'gateway'] },
  'image.digest': { pattern: '^(sha256:[0-9a-f]{64})?$' },
  'image.pullPolicy': { enum: ['Always', 'IfNotPresent', 'Never'] },
  'export.protocol': { enum: ['grpc', 'http'] },
  'export.endpoint': { pattern: '^(https?://.+)?$' },
  'export.headers': {
    additionalProperties: {
      type: 'object',
      additionalProperties: false,
      required: ['secret', 'key'],
      properties: { secret: { type: 'string' }, key: { type: 'string' }, prefix: { type: 'string' } },
    },
  },
  'export.queueSize': { minimum: 1 },
  replicas: { minimum: 0 },
  'autoscaling.minReplicas': { minimum: 1 },
  'autoscaling.maxReplicas': { minimum: 1 },
  'autoscaling.targetQueueFill': { maximum: 100 },
  'podDisruptionBudget.maxUnavailable': { type: ['integer', 'string'] },
  'service.type': { enum: ['ClusterIP', 'NodePort', 'LoadBalancer'] },
  'service.internalTrafficPolicy': { enum: ['', 'Local', 'Cluster'] },
  'service.extraPorts': {
    propertyNames: { pattern: '^[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$' },
    additionalProperties: {
      type: 'object',
      additionalProperties: false,
      required: ['port'],
      properties: {
        port: { type: 'integer', minimum: 1, maximum: 65_535 },
        protocol: { enum: ['TCP', 'UDP'] },
        appProtocol: { type: 'string' },
      },
    },
  },
};

const DURATION = { pattern: '^([0-9]+(ms|s|m|h))+$' };
const SIZE = { pattern: '^[0-9]+(\\.[0-9]+)?([KMGT]i?B?|B)?$' };
const UNITS: Readonly<Record<string, Schema>> = { interval: DURATION, retention: DURATION, maxSize: SIZE, size: SIZE };

/** Mappings with defaults that Kubernetes checks. */
const PASSED_ON = new Set(['resources']);

/** Lists of texts; others are lists of Kubernetes objects. */
const TEXTS = new Set(['labels', 'annotations', 'accessModes', 'allowedHosts']);

/**
 * Returns the JSON Schema of the chart's values, whose types are those of the defaults and whose descriptions are the
 * comments. Values that the chart does not know are errors; empty mappings are passed to Kubernetes as they are.
 */
export function helmValuesSchema(values: string): Schema {
  const { contents } = parseDocument(values);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the chart',
    ...schemaOf(contents, []),
  };
}

function schemaOf(node: unknown, path: readonly string[]): Schema {
  const key = path.at(-1) ?? '';
  const refinement = REFINEMENTS[path.join('.')] ?? UNITS[key] ?? {};
  if (PASSED_ON.has(path.join('.'))) return { type: 'object' };
  if (isMap(node)) return { ...mappingSchema(node, path), ...refinement };
  if (isSeq(node)) return { type: 'array', items: { type: TEXTS.has(key) ? 'string' : 'object' }, ...refinement };
  if (!isScalar(node)) throw new Error(`${path.join('.')}: expected a default, got nothing`);
  const { value } = node;
  const type = typeof value === 'number' ? { type: 'integer', minimum: 0 } : { type: typeof value };
  return { ...type, ...('enum' in refinement ? {} : { default: value }), ...refinement };
}

function mappingSchema({ items, commentBefore }: YAMLMap, path: readonly string[]): Schema {
  if (items.length === 0) return { type: 'object' };
  const properties = items.map(({ key, value }, index): readonly [string, Schema] => {
    if (!isScalar(key)) throw new Error(`${path.join('.')}: expected names, got ${key}`);
    // A comment above the first entry belongs to the mapping.
    const comment = (index === 0 ? commentBefore : undefined) ?? key.commentBefore ?? '';
    const description = comment.replace(/\s+/g, ' ').trim();
    const name = String(key.value);
    return [name, { ...(description === '' ? {} : { description }), ...schemaOf(value, [...path, name]) }];
  });
  // Charts that contain this one have it.
  if (path.length === 0) properties.push(['global', { description: 'Not used.', type: 'object' }]);
  return { type: 'object', additionalProperties: false, properties: Object.fromEntries(properties) };
}
