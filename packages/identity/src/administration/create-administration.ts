import type { DatabaseSync } from 'node:sqlite';
import type { ApiKeys } from '../accounts/api-keys.ts';
import type { Invitations } from '../accounts/invitations.ts';
import type { Roles } from '../accounts/roles.ts';
import type { SecondFactor } from '../accounts/second-factor.ts';
import type { ServiceAccounts } from '../accounts/service-accounts.ts';
import type { Session, Sessions } from '../accounts/sessions.ts';
import type { SignIn } from '../accounts/sign-in.ts';
import type { User, Users } from '../accounts/users.ts';
import type { AuditEvent } from '../audit/entry.ts';
import type { CallerRequest } from '../caller-request.ts';
import type { Changes } from '../database/changes.ts';
import type { PasskeyChallenges } from '../passkeys/passkey-challenges.ts';
import type { Passkeys } from '../passkeys/passkeys.ts';
import { createProvisioning } from '../provisioning/create-provisioning.ts';
import type { GroupGrant } from '../provisioning/provisioning.ts';
import type { Administration } from './administration.ts';
import { createAuditReader } from './audit.ts';
import { createRecordChange } from './change-log.ts';
import { createInvitations } from './invitations.ts';
import { createOwnAccount } from './own-account.ts';
import { createOwnPasskeys } from './own-passkeys.ts';
import { createPeople } from './people.ts';
import { createKeyChanges, createRoleChanges } from './roles-and-keys.ts';
import { createServiceAccounts } from './service-accounts.ts';

/** What administration changes and reads. */
export interface AdministrationOptions {
  readonly directory: string;
  readonly database: DatabaseSync;
  readonly changes: Changes;
  /** Roles of the groups of a provider that manages accounts. */
  readonly groupGrants: readonly GroupGrant[] | undefined;
  readonly users: Users;
  readonly roles: Roles;
  readonly invitations: Invitations;
  readonly serviceAccounts: ServiceAccounts;
  readonly keys: ApiKeys;
  readonly sessions: Sessions;
  readonly secondFactor: SecondFactor;
  readonly passkeys: Passkeys;
  readonly challenges: PasskeyChallenges;
  readonly signIn: SignIn;
  readonly now: () => number;
  readonly audit: (event: AuditEvent) => void;
  /** Writes when keys and sessions were used. */
  readonly flush: () => Promise<void>;
  /** Returns the session of a request. */
  readonly sessionOf: (request: CallerRequest) => { readonly session: Session; readonly user: User } | undefined;
}

/** Creates the administration of an identity database. */
export function createAdministration(options: AdministrationOptions): Administration {
  const { directory, roles, invitations, groupGrants, changes, now, audit } = options;
  const record = createRecordChange(changes, now, audit);
  return {
    people: createPeople({ ...options, record }),
    roles: createRoleChanges(roles, { changes, record }),
    keys: createKeyChanges({ ...options, record }),
    invitations: createInvitations(invitations, roles, { changes, record, now }),
    serviceAccounts: createServiceAccounts({ ...options, record }),
    provisioning: groupGrants && createProvisioning({ ...options, groupGrants, record }),
    account: { ...createOwnAccount({ ...options, record }), passkeys: createOwnPasskeys({ ...options, record }) },
    audit: createAuditReader(directory),
  };
}
