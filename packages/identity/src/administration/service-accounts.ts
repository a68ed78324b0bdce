import type { Access } from '../access.ts';
import type { Roles } from '../accounts/roles.ts';
import type { ServiceAccount, ServiceAccounts } from '../accounts/service-accounts.ts';
import type { Users } from '../accounts/users.ts';
import type { Changes } from '../database/changes.ts';
import type { Administration } from './administration.ts';
import { describeGrants, type RecordChange } from './change-log.ts';
import { requireHeld } from './held-permissions.ts';
import { checkGrants } from './people.ts';

interface ServiceAccountOptions {
  readonly serviceAccounts: ServiceAccounts;
  readonly users: Users;
  readonly roles: Roles;
  readonly changes: Changes;
  readonly record: RecordChange;
  readonly now: () => number;
}

/** Creates what administrators do with the accounts of programs. */
export function createServiceAccounts(options: ServiceAccountOptions): Administration['serviceAccounts'] {
  const { serviceAccounts, users, roles, changes, record, now } = options;
  /** Returns an account that the caller may change: one without permissions that the caller lacks. */
  const changeable = (by: Access, id: string): ServiceAccount => {
    const account = serviceAccounts.require(id);
    requireHeld(by, account.grants, roles);
    return account;
  };
  return {
    list: () => serviceAccounts.list(),
    create: (by, { name, grants }) =>
      changes.run(() => {
        checkGrants(by, grants, roles);
        const id = serviceAccounts.create(name, grants, now());
        record(by, { action: 'service_account.create', target: `${name}: ${describeGrants(grants)}` });
        return id;
      }),
    change: (by, { id, state, grants }) =>
      changes.run(() => {
        const account = changeable(by, id);
        if (grants !== undefined) {
          checkGrants(by, grants, roles);
          users.setGrants(id, grants);
          record(by, { action: 'service_account.roles', target: `${account.name}: ${describeGrants(grants)}` });
        }
        if (state === undefined || state === account.state) return;
        users.setState(id, state);
        record(by, {
          action: state === 'locked' ? 'service_account.lock' : 'service_account.unlock',
          target: account.name,
        });
      }),
    remove: (by, id) =>
      changes.run(() => {
        const { name } = changeable(by, id);
        serviceAccounts.remove(id);
        record(by, { action: 'service_account.remove', target: name });
      }),
  };
}
