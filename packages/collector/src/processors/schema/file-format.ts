import { parse } from 'yaml';
import { z } from '../../component/schema.ts';

const attributeMap = z.object({ attribute_map: z.record(z.string(), z.string()).prefault({}) });
const names = z.array(z.string()).nullish();

const attributeChanges = z
  .object({ changes: z.array(z.object({ rename_attributes: attributeMap.nullish() })).nullish() })
  .nullish();

const versionSchema = z
  .object({
    all: attributeChanges,
    resources: attributeChanges,
    logs: attributeChanges,
    spans: z
      .object({
        changes: z
          .array(z.object({ rename_attributes: attributeMap.extend({ apply_to_spans: names }).nullish() }))
          .nullish(),
      })
      .nullish(),
    span_events: z
      .object({
        changes: z
          .array(
            z.object({
              rename_events: z.object({ name_map: z.record(z.string(), z.string()).prefault({}) }).nullish(),
              rename_attributes: attributeMap.extend({ apply_to_spans: names, apply_to_events: names }).nullish(),
            }),
          )
          .nullish(),
      })
      .nullish(),
    metrics: z
      .object({
        changes: z
          .array(
            z.object({
              rename_metrics: z.record(z.string(), z.string()).nullish(),
              rename_attributes: attributeMap.extend({ apply_to_metrics: names }).nullish(),
            }),
          )
          .nullish(),
      })
      .nullish(),
  })
  .nullish();

const deprecated = z.object({ reason: z.string().prefault(''), renamed_to: z.string().prefault('') }).nullish();
const signals = z.array(z.object({ name: z.string().prefault(''), deprecated })).nullish();

const v1 = z.object({
  schema_url: z.string().prefault(''),
  versions: z.record(z.string(), versionSchema).prefault({}),
});
const manifest = z.object({ resolved_registry_uri: z.string().min(1) });
const resolved = z.object({
  attribute_catalog: z.array(z.object({ key: z.string().prefault(''), deprecated })).nullish(),
  registry: z.object({ metrics: signals, spans: signals, events: signals }).prefault({}),
});

/** The changes of a version in a format 1 schema file. */
export type VersionChanges = z.output<typeof versionSchema>;
/** A resolved registry in format 2. */
export type ResolvedRegistry = z.output<typeof resolved>;

/** A schema file. */
export type SchemaFile =
  | { readonly kind: 'versions'; readonly url: string; readonly versions: Readonly<Record<string, VersionChanges>> }
  | { readonly kind: 'manifest'; readonly resolvedUrl: string }
  | { readonly kind: 'resolved'; readonly registry: ResolvedRegistry };

/** Parses a schema file in format 1.0, 1.1, manifest/2.0 or resolved/2.0. Throws for any other format. */
export function parseSchemaFile(text: string): SchemaFile {
  const document: unknown = parse(text, { maxAliasCount: 100, schema: 'core' });
  const { file_format: format } = z.object({ file_format: z.unknown() }).parse(document);
  switch (String(format)) {
    case '1.0.0':
    case '1.1.0': {
      const { schema_url: url, versions } = read(v1, document);
      return { kind: 'versions', url, versions };
    }
    case 'manifest/2.0':
      return { kind: 'manifest', resolvedUrl: read(manifest, document).resolved_registry_uri };
    case 'resolved/2.0':
      return { kind: 'resolved', registry: read(resolved, document) };
    default:
      throw new Error(`file_format: expected 1.0.0, 1.1.0, manifest/2.0 or resolved/2.0, got "${String(format)}"`);
  }
}

function read<Schema extends z.ZodType>(schema: Schema, document: unknown): z.output<Schema> {
  const result = schema.safeParse(document);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`${issue?.path.join('.')}: ${issue?.message}`);
}
