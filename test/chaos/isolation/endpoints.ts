/** A JSON endpoint or a stream, as the OpenAPI document describes it. */
export interface StoredEndpoint {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly parameters: readonly Parameter[];
}

interface Parameter {
  readonly name: string;
  readonly isRequired: boolean;
  /** Values that the schema allows, if it lists them. */
  readonly values: readonly string[];
}

interface Schema {
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly required?: boolean; readonly schema?: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> };
}

/** Returns the endpoints that an OpenAPI document describes. */
export function endpointsOf(document: unknown): readonly StoredEndpoint[] {
  return Object.entries((document as OpenApi).paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]): StoredEndpoint[] => {
      if (method !== 'get' && method !== 'post') return [];
      return [{ method, path, parameters: [...queryOf(operation), ...bodyOf(operation)] }];
    }),
  );
}

function queryOf({ parameters = [] }: Operation): readonly Parameter[] {
  return parameters.map(({ name, required = false, schema = {} }) => ({
    ...{ name, isRequired: required, values: valuesOf(schema) },
  }));
}

function bodyOf({ requestBody }: Operation): readonly Parameter[] {
  const { properties = {}, required = [] } = requestBody?.content['application/json']?.schema ?? {};
  return Object.entries(properties).map(([name, schema]) => ({
    ...{ name, isRequired: required.includes(name), values: valuesOf(schema) },
  }));
}

function valuesOf(schema: Schema): readonly string[] {
  if (schema.enum !== undefined) return schema.enum.map(String);
  return schema.default === undefined ? [] : [String(schema.default)];
}
