import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Definition {
  type?: string;
  format?: string;
  description?: string;
  properties?: Record<string, unknown>;
  additionalProperties?: unknown;
  oneOf?: readonly { readonly type: string }[];
  'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-group-version-kind'?: readonly {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
  }[];
}

/** Where kubeconform finds the schema of an object. */
export const SCHEMA_PATTERN = '{{.ResourceKind}}{{.KindSuffix}}.json';

/** Writes JSON Schemas without unknown fields from Kubernetes' OpenAPI document and from custom resource definitions. */
export async function writeSchemas(
  openApi: string,
  customResources: readonly string[],
  directory: string,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const { definitions } = JSON.parse(await readFile(openApi, 'utf8')) as { definitions: Record<string, Definition> };
  for (const definition of Object.values(definitions)) makeStrict(definition);
  const anyFields = definitions['io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1'];
  if (anyFields !== undefined) anyFields.additionalProperties = true;
  await writeFile(join(directory, 'definitions.json'), JSON.stringify({ definitions }));
  for (const [name, definition] of Object.entries(definitions))
    for (const kind of definition['x-kubernetes-group-version-kind'] ?? [])
      await writeSchema(directory, kind, { $ref: `definitions.json#/definitions/${name}` });
  for (const path of customResources) {
    const { spec } = parse(await readFile(path, 'utf8'));
    for (const { name: version, schema } of spec.versions)
      await writeSchema(directory, { group: spec.group, version, kind: spec.names.kind }, schema.openAPIV3Schema);
  }
}

async function writeSchema(
  directory: string,
  { group, version, kind }: { readonly group: string; readonly version: string; readonly kind: string },
  schema: object,
): Promise<void> {
  const [first = ''] = group.split('.');
  const name = [kind.toLowerCase(), ...(first === '' ? [] : [first]), version].join('-');
  const text = JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', ...schema });
  await writeFile(join(directory, `${name}.json`), text);
}

/** The document describes quantities and ports as texts, which are numbers too. */
function makeStrict(definition: Definition): void {
  const others = definition.description?.startsWith('Quantity is') ? 'number' : 'integer';
  const isUnion =
    others === 'number' || definition.format === 'int-or-string' || definition['x-kubernetes-int-or-string'];
  if (isUnion) {
    delete definition.type;
    definition.oneOf = [{ type: 'string' }, { type: others }];
  }
  if (definition.properties !== undefined) definition.additionalProperties ??= false;
}
