import { z } from '@hono/zod-openapi';
import { createdInvitation, invitationsResponse } from '../../api/identity/accounts.ts';
import { changed } from '../../api/identity/people.ts';
import { defineEndpoint } from '../endpoint.ts';
import { bodyText, DONE, grants, idOf } from './body.ts';

const MANAGED = { permission: 'people:manage' } as const;

export const invitations = defineEndpoint({
  ...MANAGED,
  path: '/api/v1/people/invitations',
  summary: 'Returns the invitations that are valid, without their links.',
  parameters: z.object({}),
  response: invitationsResponse,
  handle: (_, { administration }) => ({ invitations: administration().invitations.list() }),
});

export const invitePerson = defineEndpoint({
  ...MANAGED,
  method: 'post',
  path: '/api/v1/people/invite',
  summary:
    'Invites a person by a link, which is valid once. The person chooses the name and the password. An earlier invitation of the address ends.',
  parameters: z.object({
    email: bodyText('an email address', 320),
    grants,
    validSeconds: z
      .number({ error: 'expected a number of seconds' })
      .positive('expected more than 0')
      .max(2_592_000, 'expected at most 30 days')
      .default(604_800)
      .openapi({ description: 'How long the link is valid. Default: 7 days.' }),
  }),
  response: createdInvitation,
  handle: ({ validSeconds, ...invitation }, { administration, access }) =>
    administration().invitations.create(access, { ...invitation, validMillis: validSeconds * 1000 }),
});

export const revokeInvitation = defineEndpoint({
  ...MANAGED,
  method: 'post',
  path: '/api/v1/people/invitations/revoke',
  summary: 'Withdraws an invitation, whose link is then no longer valid.',
  parameters: z.object({ id: idOf('an invitation') }),
  response: changed,
  async handle({ id }, { administration, access }) {
    await administration().invitations.revoke(access, id);
    return DONE;
  },
});
