import { z } from '@hono/zod-openapi';
import { SIGNAL_NAMES } from '@otelier/otlp';
import {
  appliedReport,
  configurationText,
  draftReport,
  dryRunReport,
  insertedProcessor,
  revisionText,
} from '../api/configuration/editing.ts';
import { LIMITS } from '../api/limits.ts';
import { ApiProblem } from '../api/problem.ts';
import { defineEndpoint } from './endpoint.ts';

const REVISION = 'expected a revision: a whole number';

const draft = {
  text: z
    .string({ error: 'expected the configuration as text' })
    .max(LIMITS.draftLength, `expected at most ${LIMITS.draftLength} characters`)
    .openapi({ description: 'The draft.' }),
  base: z
    .int(REVISION)
    .min(0, REVISION)
    .openapi({ description: 'Revision whose text was edited. Its secrets replace `[REDACTED …]` in the draft.' }),
};

const revision = z
  .int(REVISION)
  .min(0, REVISION)
  .openapi({ description: 'Revision that runs as far as the client knows. Another one is a conflict.' });

const by = z
  .string({ error: 'expected a name' })
  .max(LIMITS.authorName, `expected at most ${LIMITS.authorName} characters`)
  .regex(/^[^\p{Cc}]*$/u, 'expected text without control characters')
  .default('')
  .openapi({ description: 'Who changes the configuration.' });

export const configurationDraft = defineEndpoint({
  path: '/api/v1/config/text',
  permission: 'configuration:read',
  summary: 'Returns the running configuration as it is written, and its revisions.',
  parameters: z.object({}),
  response: configurationText,
  handle: (_, context) => context.editor().read(),
});

export const configurationRevision = defineEndpoint({
  path: '/api/v1/config/revisions/{revision}',
  permission: 'configuration:read',
  summary: 'Returns the text of a revision of the configuration.',
  parameters: z.object({
    revision: z
      .string()
      .regex(/^\d{1,9}$/, REVISION)
      .openapi({ type: 'integer', description: 'The revision.' }),
  }),
  response: revisionText,
  async handle({ revision: wanted }, context) {
    const found = await context.editor().revision(Number(wanted));
    if (found === undefined) throw new ApiProblem('not_found', `revision: expected one that is kept, got ${wanted}`);
    return found;
  },
});

export const checkDraft = defineEndpoint({
  method: 'post',
  needsToken: true,
  path: '/api/v1/config/check',
  permission: 'configuration:write',
  summary: 'Validates a draft of the configuration, and returns what applying it would do.',
  parameters: z.object(draft),
  response: draftReport,
  handle: (request, context) => context.editor().check(request),
});

const SECONDS = `expected a number of seconds from 1 to ${LIMITS.dryRunSeconds}`;

export const dryRunDraft = defineEndpoint({
  method: 'post',
  needsToken: true,
  path: '/api/v1/config/dry-run',
  permission: 'configuration:write',
  summary:
    'Runs the processors and connectors of a draft, and those that run, on telemetry that is received now, and compares the results. Nothing is sent or stored.',
  parameters: z.object({
    ...draft,
    seconds: z
      .number(SECONDS)
      .min(1, SECONDS)
      .max(LIMITS.dryRunSeconds, SECONDS)
      .default(10)
      .openapi({ description: 'How long telemetry is observed.' }),
  }),
  response: dryRunReport,
  handle: ({ seconds, ...request }, { editor, signal }) => editor().dryRun(request, seconds * 1000, signal),
});

export const insertProcessor = defineEndpoint({
  method: 'post',
  needsToken: true,
  path: '/api/v1/config/insert',
  permission: 'configuration:write',
  summary:
    'Inserts a processor, such as the rule of a preview, into a draft: its settings, and its ID into the pipelines of a signal. Changes nothing.',
  parameters: z.object({
    text: draft.text,
    signal: z.enum(SIGNAL_NAMES).openapi({ description: 'Signal of the pipelines that it joins.' }),
    configuration: z
      .string({ error: 'expected a fragment of a configuration as text' })
      .max(LIMITS.fragmentLength, `expected at most ${LIMITS.fragmentLength} characters`)
      .openapi({ description: 'A fragment of a configuration in YAML, with only this processor.' }),
  }),
  response: insertedProcessor,
  handle: (request, context) => context.editor().insert(request),
});

export const applyDraft = defineEndpoint({
  method: 'post',
  needsToken: true,
  path: '/api/v1/config/apply',
  permission: 'configuration:write',
  summary: 'Replaces the running configuration and its file with a draft. If it does not start, nothing changes.',
  parameters: z.object({ ...draft, revision, by }),
  response: appliedReport,
  handle: (request, context) => context.editor().apply({ ...request, client: context.client }),
});

export const rollBack = defineEndpoint({
  method: 'post',
  needsToken: true,
  path: '/api/v1/config/roll-back',
  permission: 'configuration:write',
  summary: 'Applies an earlier revision of the configuration again, as a new revision.',
  parameters: z.object({
    to: z.int(REVISION).min(1, REVISION).openapi({ description: 'The revision to apply.' }),
    revision,
    by,
  }),
  response: appliedReport,
  handle: (request, context) => context.editor().rollBack({ ...request, client: context.client }),
});
