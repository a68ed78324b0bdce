import { z } from '@hono/zod-openapi';

const componentIds = z.array(z.string());

const revisionEntry = z.object({
  revision: z.int().describe('Increases by one with each configuration that runs.'),
  atMillis: z.number(),
  by: z.string().describe('Who applied it: a name that a person gave, or `file` for a change outside of the page.'),
  what: z.string(),
});

const pipelines = z.array(
  z.object({
    id: z.string(),
    signal: z.string(),
    receivers: componentIds,
    processors: componentIds,
    exporters: componentIds,
  }),
);

export const configurationText = z
  .object({
    name: z.string().describe('Name of the file, or of the source.'),
    text: z
      .string()
      .describe('The running configuration as it is written. Secrets are replaced, references stay as they are.'),
    revision: z.int(),
    readOnly: z.string().optional().describe('Why the configuration cannot be changed through the API.'),
    revisions: z.array(revisionEntry).describe('The revisions that can be applied again, the newest first.'),
    pipelines,
  })
  .openapi('ConfigurationText');

export const revisionText = z.object({ ...revisionEntry.shape, text: z.string() }).openapi('RevisionText');

const diagnostic = z.object({
  severity: z.enum(['error', 'warning']),
  line: z.int().describe('Line in the draft, 1 for the first one; 0 for the whole draft.'),
  column: z.int(),
  path: z.string(),
  message: z.string(),
});

const changes = z.object({
  kept: componentIds.describe('Components that keep running, such as `processors/batch`.'),
  restarted: componentIds,
  added: componentIds,
  removed: componentIds,
});

export const draftReport = z
  .object({
    diagnostics: z.array(diagnostic).describe('Errors and warnings, as `otelier validate` reports them.'),
    changes: changes.optional().describe('What applying the draft would do; nothing if it has errors.'),
    refused: z.string().optional().describe('Why a valid draft cannot be applied without a restart.'),
    pipelines: pipelines.optional(),
  })
  .openapi('DraftReport');

export const insertedProcessor = z
  .object({
    text: z.string().describe('The text with the processor. Only the lines concerned differ.'),
    processor: z
      .string()
      .describe('The ID of the processor. It has a number if the text has another one of the same ID.'),
    pipelines: componentIds.describe('The pipelines that contain it.'),
  })
  .openapi('InsertedProcessor');

export const appliedReport = z
  .object({
    result: z.enum(['applied', 'invalid', 'rolled_back']),
    revision: z.int().describe('The revision that runs.'),
    reason: z.string().optional().describe('Why nothing changed, or what was lost.'),
    diagnostics: z.array(diagnostic),
    changes: changes.optional(),
    lostItems: z.int().optional().describe('Number of items that replaced components could not forward in time.'),
  })
  .openapi('AppliedReport');

const count = z.number();
const fate = z.object({
  kind: z.enum(['kept', 'changed', 'gone', 'not_received']),
  component: z.string().optional().describe('The component in which the item ended.'),
  reason: z.string().optional(),
  rule: z.string().optional(),
});

export const dryRunReport = z
  .object({
    seconds: z.number().describe('How long telemetry was observed.'),
    items: count.describe('Number of observed items.'),
    isFull: z.boolean().describe('Whether the observation ended early, because it had enough items or bytes.'),
    isBalanced: z.boolean(),
    balance: z.array(
      z.object({
        kind: z.enum([
          ...['received', 'not_received', 'dropped', 'merged', 'created', 'refused', 'held'],
          ...['copied', 'kept', 'unaccounted'],
        ] as const),
        component: z.string().optional(),
        reason: z.string().optional(),
        rule: z.string().optional(),
        now: count,
        draft: count,
      }),
    ),
    outputs: z.array(
      z.object({ exporter: z.string(), pipeline: z.string(), signal: z.string(), now: count, draft: count }),
    ),
    edges: z
      .array(z.object({ pipeline: z.string(), from: z.string(), to: z.string(), now: count, draft: count }))
      .describe('Items between two components, such as `processors/batch`, of a pipeline.'),
    differing: z.object({
      items: count.describe('Number of items whose fate differs.'),
      sample: z.array(
        z.object({
          signal: z.string(),
          pipeline: z.string(),
          timeMillis: z.number(),
          service: z.string(),
          name: z.string(),
          now: fate,
          draft: fate,
          changes: z.array(z.object({ key: z.string(), before: z.string().optional(), after: z.string().optional() })),
        }),
      ),
    }),
    notes: z.array(z.string()).describe('What the dry run could not show, and warnings of components.'),
  })
  .openapi('DryRunReport');
