import type { BatchContext } from '@otelier/otlp';
import { type Clock, systemClock } from '@otelier/transport/clock';
import {
  type AuthorizedRequest,
  type ClientAuthenticator,
  isClientAuthenticator,
} from '../component/auth/client-auth.ts';
import { createFileValue } from '../component/auth/file-value.ts';
import { issuesOf } from '../component/check.ts';
import { type ConfigUse, defineExtension } from '../component/define.ts';
import { createOfferingExtension } from '../component/offering-extension.ts';
import { secret, z } from '../component/schema.ts';

const SOURCES = ['value', 'value_file', 'from_context', 'from_attribute'];

const header = z
  .object({
    action: z
      .enum(['insert', 'update', 'upsert', 'delete'])
      .prefault('upsert')
      .describe('`insert` adds the header if it is absent, `update` replaces it if it is present, `upsert` does both.'),
    key: z.string().min(1).describe('Name of the header.'),
    value: secret().optional().describe('Fixed value.'),
    valueFile: z.string().min(1).optional().describe('File with the value. It is reloaded when it changes.'),
    fromContext: z
      .string()
      .min(1)
      .optional()
      .describe('Name of the received request header with the value. The receiver needs `include_metadata`.'),
    fromAttribute: z
      .enum(['subject', 'username'])
      .optional()
      .describe('Attribute of the authenticated sender with the value.'),
    defaultValue: secret().optional().describe('Value if the received request does not have one.'),
  })
  .superRefine((header, issues) => {
    const { action, value, valueFile, fromContext, fromAttribute } = header;
    const count = [value, valueFile, fromContext, fromAttribute].filter((source) => source !== undefined).length;
    if (action === 'delete' || count === 1) return;
    const message = `expected one of ${SOURCES.join(', ')}, got ${count === 0 ? 'none' : 'several'}`;
    issues.addIssue({ code: 'custom', message, input: header });
  });

type Header = z.output<typeof header>;

export const headersSetter = defineExtension({
  summary:
    'Sets request headers of exporters, such as the tenant of the received request. They refer to it in `auth.authenticator`.',
  stability: 'beta',
  config: z.object({
    headers: z.array(header).min(1).describe('Changes, which are made in this order.'),
    additionalAuth: z
      .string()
      .min(1)
      .optional()
      .describe('ID of another extension that adds credentials, before the headers are set.'),
  }),
  examples: [
    {
      title: 'The tenant of the received request',
      config: { headers: [{ action: 'upsert', key: 'X-Scope-OrgID', from_context: 'x-scope-orgid' }] },
    },
  ],
  runsIn: 'everyThread',
  authenticates: () => ['outgoing'],
  check({ headers, additionalAuth }, { id, extensions }) {
    const issues = headers.flatMap(({ valueFile }, index) =>
      valueFile === undefined
        ? []
        : issuesOf(() => createFileValue('value_file', valueFile, systemClock), ['headers', index]),
    );
    if (additionalAuth === undefined || extensions === undefined) return issues;
    if (canAdd(additionalAuth, [id], extensions)) return issues;
    const message = `expected another extension of service.extensions that adds credentials, got "${additionalAuth}"`;
    return [...issues, { path: ['additional_auth'], message }];
  },
  create({ headers, additionalAuth }, { clock, host }) {
    return createOfferingExtension((): ClientAuthenticator => {
      const changes = headers.map((one) => ({ ...one, key: one.key.toLowerCase(), read: createSource(one, clock) }));
      // The other extension can start later.
      const base = () => (additionalAuth === undefined ? undefined : host.extension(additionalAuth)?.offers);
      return {
        async authorize(request) {
          const authenticator = base();
          const before: AuthorizedRequest = isClientAuthenticator(authenticator)
            ? await authenticator.authorize(request)
            : { kind: 'authorized', headers: request.headers };
          return before.kind === 'authorized' ? applyChanges(changes, before.headers, request.context) : before;
        },
      };
    });
  },
});

/** Whether an extension adds credentials, without depending on one of `users` again. One with errors may do so. */
function canAdd(id: string, users: readonly string[], extensions: NonNullable<ConfigUse['extensions']>): boolean {
  if (users.includes(id) || !extensions.has(id)) return false;
  const found = extensions.get(id);
  if (found === undefined) return true;
  const next = found.config['additionalAuth'];
  return (
    found.authenticates.includes('outgoing') && (typeof next !== 'string' || canAdd(next, [...users, id], extensions))
  );
}

type Source = (context: BatchContext) => string | readonly string[];

function createSource(
  { value, valueFile, fromContext, fromAttribute, defaultValue = '' }: Header,
  clock: Clock,
): Source {
  if (valueFile !== undefined) return createFileValue('value_file', valueFile, clock);
  if (fromAttribute !== undefined) return ({ subject }) => subject ?? defaultValue;
  if (fromContext === undefined) return () => value ?? '';
  const name = fromContext.toLowerCase();
  return ({ metadata }) => metadata[name] ?? defaultValue;
}

interface Change {
  readonly action: Header['action'];
  readonly key: string;
  readonly read: Source;
}

function applyChanges(
  changes: readonly Change[],
  headers: Readonly<Record<string, string>>,
  context: BatchContext,
): AuthorizedRequest {
  const result = new Map(Object.entries(headers));
  for (const { action, key, read } of changes) {
    if (action === 'delete') {
      result.delete(key);
      continue;
    }
    const values = read(context);
    const value = typeof values === 'string' ? values : values[0];
    if (typeof values !== 'string' && values.length > 1) {
      return { kind: 'refused', reason: `expected one value for the header ${key}, got ${values.length}` };
    }
    const isPresent = (result.get(key) ?? '') !== '';
    if (action === 'upsert' || (action === 'insert') !== isPresent) result.set(key, value ?? '');
  }
  return { kind: 'authorized', headers: Object.fromEntries(result) };
}
