import { isTenantName, TENANT_NAME_RULE } from '@otelier/otlp';
import type { Access } from '../access.ts';
import { IdentityChangeError } from '../accounts/errors.ts';
import { ALL_TENANTS, type Grant } from '../accounts/grants.ts';
import type { Roles } from '../accounts/roles.ts';
import type { SecondFactor } from '../accounts/second-factor.ts';
import type { Sessions } from '../accounts/sessions.ts';
import type { User, Users } from '../accounts/users.ts';
import type { Changes } from '../database/changes.ts';
import type { Passkeys } from '../passkeys/passkeys.ts';
import type { Administration, PersonChange } from './administration.ts';
import { describeGrants, type RecordChange } from './change-log.ts';
import { requireHeld } from './held-permissions.ts';

interface PeopleOptions {
  readonly users: Users;
  readonly roles: Roles;
  readonly sessions: Sessions;
  readonly secondFactor: SecondFactor;
  readonly passkeys: Passkeys;
  readonly changes: Changes;
  readonly record: RecordChange;
  readonly now: () => number;
  /** Writes when sessions were used. */
  readonly flush: () => Promise<void>;
}

const MAX_GRANTS = 100;

/** Creates what administrators do with accounts and sessions. */
export function createPeople(options: PeopleOptions): Administration['people'] {
  const { users, roles, sessions, secondFactor, passkeys, changes, record, now } = options;
  /** Returns an account that the caller may change: one without permissions that the caller lacks. */
  const changeable = (by: Access, id: string): User => {
    const user = users.require(id);
    requireHeld(by, user.grants, roles);
    return user;
  };
  const notLast = (user: User): void => {
    if (isManager(user, roles) && !users.list().some((other) => other.id !== user.id && isManager(other, roles)))
      throw new IdentityChangeError(
        `user: ${user.email} is the last one who manages people; give another one the role first`,
      );
  };
  const changePerson = (by: Access, user: User, { name, state, grants }: PersonChange): void => {
    const { id, email } = user;
    if (grants !== undefined) checkGrants(by, grants, roles);
    const keeps = grants?.some((grant) => managesPeople(grant, roles)) ?? true;
    if (state === 'locked' || !keeps) notLast(user);
    if (name !== undefined && name !== user.name) users.rename(id, name);
    if (grants !== undefined) {
      users.setGrants(id, grants);
      record(by, { action: 'user.roles', target: `${email}: ${describeGrants(grants)}` });
    }
    if (state === undefined || state === user.state) return;
    users.setState(id, state);
    record(by, { action: state === 'locked' ? 'user.lock' : 'user.unlock', target: email });
  };
  return {
    list: () => users.list(),
    async create(by, { grants = [], ...person }) {
      checkGrants(by, grants, roles);
      const { id } = await users.create({ ...person, grants }, now(), () => {
        checkGrants(by, grants, roles);
        record(by, { action: 'user.create', target: `${person.email}: ${describeGrants(grants)}` });
      });
      return id;
    },
    change: (by, change) => changes.run(() => changePerson(by, changeable(by, change.id), change)),
    async setPassword(by, id, password) {
      const { email } = changeable(by, id);
      if (users.providerOf(id) !== undefined || users.isProvisioned(email))
        throw new IdentityChangeError(
          `user: ${email} signs in with a provider, which would no longer decide who has access`,
        );
      await users.setPassword(id, password, () => {
        changeable(by, id);
        record(by, { action: 'user.set_password', target: email });
      });
    },
    removeSecondFactor: (by, id) =>
      changes.run(() => {
        const { email } = changeable(by, id);
        secondFactor.remove(id);
        passkeys.removeAll(id);
        sessions.weaken(id);
        record(by, { action: 'user.remove_second_factor', target: email });
      }),
    remove: (by, id) =>
      changes.run(() => {
        const user = changeable(by, id);
        notLast(user);
        users.remove(id);
        record(by, { action: 'user.remove', target: user.email });
      }),
    async sessions() {
      await options.flush();
      return sessions.listAll(now());
    },
    endSession: (by, id) =>
      changes.run(() => {
        const session = sessions.listAll(now()).find((one) => one.id === id);
        const user = session && changeable(by, session.user);
        sessions.revoke(id);
        record(by, { action: 'session.end', target: `${user?.email ?? 'unknown'} ${id}` });
      }),
  };
}

/** Throws an `IdentityChangeError` unless grants name roles and tenants, and the caller may give them. */
export function checkGrants(by: Access, grants: readonly Grant[], roles: Roles): void {
  if (grants.length > MAX_GRANTS)
    throw new IdentityChangeError(`grants: expected at most ${MAX_GRANTS}, got ${grants.length}`);
  for (const { role, tenant } of grants) {
    roles.require(role);
    if (tenant !== ALL_TENANTS && !isTenantName(tenant))
      throw new IdentityChangeError(
        `tenant: expected a name of ${TENANT_NAME_RULE}, or * for all, got ${JSON.stringify(tenant)}`,
      );
  }
  requireHeld(by, grants, roles);
}

/** Reports whether there is a person who manages people. */
export function keepsManager(users: Users, roles: Roles): boolean {
  return users.list().some((user) => isManager(user, roles));
}

function isManager({ grants, state }: User, roles: Roles): boolean {
  return state === 'active' && grants.some((grant) => managesPeople(grant, roles));
}

function managesPeople({ role, tenant }: Grant, roles: Roles): boolean {
  return tenant === ALL_TENANTS && roles.permissionsOf(role)?.includes('people:manage') === true;
}
