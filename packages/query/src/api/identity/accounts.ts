import { z } from '@hono/zod-openapi';
import { grant } from './people.ts';

export const serviceAccount = z
  .object({
    id: z.string(),
    name: z.string(),
    state: z.enum(['active', 'locked']),
    grants: z.array(grant),
    createdMillis: z.number(),
  })
  .openapi('ServiceAccount');

export const serviceAccountsResponse = z
  .object({ serviceAccounts: z.array(serviceAccount).describe('By name.') })
  .openapi('ServiceAccountsResponse');

export const invitation = z
  .object({
    id: z.string(),
    email: z.string(),
    grants: z.array(grant),
    createdBy: z.string(),
    createdMillis: z.number(),
    expiresMillis: z.number(),
  })
  .openapi('Invitation');

export const invitationsResponse = z
  .object({ invitations: z.array(invitation).describe('In the order of their creation.') })
  .openapi('InvitationsResponse');

export const createdInvitation = z
  .object({
    id: z.string(),
    path: z.string().describe('Path of the link below the address of the page. It cannot be read again.'),
    expiresMillis: z.number(),
  })
  .openapi('CreatedInvitation');
