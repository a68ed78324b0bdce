/** A JSON Schema, as far as completion reads it. */
export interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

/** What a configuration may contain at a place. */
export interface Expected {
  /** Keys with their schemas. */
  readonly keys: ReadonlyMap<string, Schema>;
  readonly values: readonly string[];
}

let loading: Promise<Schema | undefined> | undefined;

/** Loads the schema of the configuration; `undefined` if it cannot be loaded, so that the next call tries again. */
export function loadConfigSchema(): Promise<Schema | undefined> {
  loading ??= fetch('/configuration.schema.json')
    .then(async (response) => (response.ok ? ((await response.json()) as Schema) : undefined))
    .catch(() => undefined)
    .then((schema) => {
      if (schema === undefined) loading = undefined;
      return schema;
    });
  return loading;
}

/** Returns what may stand at a path, such as `['processors', 'batch']`. */
export function expectedAt(root: Schema, path: readonly string[]): Expected {
  const alternatives = path.reduce<readonly Schema[]>(
    (schemas, key) => schemas.flatMap((schema) => step(schema, key).flatMap((next) => alternativesOf(root, next))),
    alternativesOf(root, root),
  );
  const keys = new Map<string, Schema>();
  const values = new Set<string>();
  for (const schema of alternatives) {
    for (const [key, value] of Object.entries(schema.properties ?? {})) keys.set(key, value);
    for (const [pattern, value] of Object.entries(schema.patternProperties ?? {}))
      for (const type of typesOf(pattern)) keys.set(type, value);
    for (const value of schema.enum ?? []) values.add(String(value));
    if (schema.const !== undefined) values.add(String(schema.const));
    if (schema.type === 'boolean') for (const value of ['true', 'false']) values.add(value);
  }
  return { keys, values: [...values] };
}

/** Returns the description of a schema, or of one that it refers to. */
export function descriptionOf(root: Schema, schema: Schema): string {
  return alternativesOf(root, schema).find(({ description }) => description !== undefined)?.description ?? '';
}

/** Returns the kind of values of a schema in one or two words. */
export function kindOf(root: Schema, schema: Schema): string {
  const kinds = alternativesOf(root, schema).flatMap(({ type, enum: values }) =>
    values === undefined ? [type ?? []].flat() : values.map(String),
  );
  const known = [...new Set(kinds)].filter((kind) => kind !== 'null');
  const text = known.slice(0, 3).join(', ');
  return schema.default === undefined || typeof schema.default === 'object' ? text : `${text} = ${schema.default}`;
}

/** Resolves references and unions. */
function alternativesOf(root: Schema, schema: Schema, depth = 0): readonly Schema[] {
  if (depth > 8) return [];
  const { $ref, anyOf } = schema;
  const referred = $ref === undefined ? undefined : root.$defs?.[$ref.replace('#/$defs/', '')];
  const inner = [...(referred === undefined ? [] : [referred]), ...(anyOf ?? [])];
  return [schema, ...inner.flatMap((one) => alternativesOf(root, one, depth + 1))];
}

function step({ properties, patternProperties, additionalProperties, items }: Schema, key: string): readonly Schema[] {
  if (key === LIST) return items === undefined ? [] : [items];
  const own = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
  if (own !== undefined) return [own];
  const found = Object.entries(patternProperties ?? {}).find(([pattern]) => new RegExp(pattern).test(key))?.[1];
  if (found !== undefined) return [found];
  return typeof additionalProperties === 'object' ? [additionalProperties] : [];
}

/** The step of a path into a list. */
export const LIST = '-';

/** Returns the types in a pattern of IDs: the first name, because the others are aliases. */
function typesOf(pattern: string): readonly string[] {
  const names = /^\^\(\?:([\w|]+)\)/.exec(pattern)?.[1]?.split('|') ?? [];
  return names.slice(0, 1);
}
