import type { DatabaseSync } from 'node:sqlite';
import type { Access } from '../access.ts';
import { IdentityChangeError } from '../accounts/errors.ts';
import type { Grant } from '../accounts/grants.ts';
import type { Roles } from '../accounts/roles.ts';
import type { Users } from '../accounts/users.ts';
import { describeGrants, type RecordChange } from '../administration/change-log.ts';
import { requireHeld } from '../administration/held-permissions.ts';
import { keepsManager } from '../administration/people.ts';
import type { Changes } from '../database/changes.ts';
import { ProvisionedTable } from './provisioned-table.ts';
import type { GroupGrant, ProvisionedUser, Provisioning } from './provisioning.ts';

interface ProvisioningOptions {
  readonly database: DatabaseSync;
  readonly changes: Changes;
  readonly users: Users;
  readonly roles: Roles;
  /** Roles of the groups. */
  readonly groupGrants: readonly GroupGrant[];
  readonly record: RecordChange;
  readonly now: () => number;
}

/** Creates what manages accounts and groups for a provider. */
export function createProvisioning(options: ProvisioningOptions): Provisioning {
  const { database, changes, users, roles, groupGrants, record, now } = options;
  const table = new ProvisionedTable(database);
  const grantsOf = ({ groups }: Pick<ProvisionedUser, 'groups'>): readonly Grant[] =>
    groupGrants
      .filter(({ group }) => group === '*' || groups.some(({ name }) => name.toLowerCase() === group.toLowerCase()))
      .map(({ role, tenant }) => ({ role, tenant }));
  /** Gives people the roles of their groups. Throws if the caller lacks what one loses or gets. */
  const applyGroups = (by: Access, ids: Iterable<string>): void => {
    for (const id of new Set(ids)) {
      const user = table.user(id);
      const [before, after] = [users.grantsOf(id), grantsOf(user)];
      if (describeGrants(before) === describeGrants(after)) continue;
      requireHeld(by, [...before, ...after], roles);
      users.replaceGrants(id, after);
      record(by, { action: 'user.roles', target: `${user.email}: ${describeGrants(after)}` });
    }
  };
  /** Makes a change that is durable as a whole, and leaves someone who manages people. */
  const change = <T>(apply: () => T): Promise<T> =>
    changes.run(() => {
      const hadManager = keepsManager(users, roles);
      const applied = apply();
      if (hadManager && !keepsManager(users, roles))
        throw new IdentityChangeError('user: expected that someone remains who manages people');
      return applied;
    });
  return {
    users: () => table.users(),
    user: (id) => table.user(id),
    createUser: (by, person) =>
      change(() => {
        const id = table.writeUser(undefined, person, now());
        record(by, { action: 'user.create', target: person.email });
        applyGroups(by, [id]);
        return table.user(id);
      }),
    replaceUser: (by, id, person) =>
      change(() => {
        const before = table.user(id);
        requireHeld(by, users.grantsOf(id), roles);
        table.writeUser(id, person, now());
        if (before.isActive !== person.isActive)
          record(by, { action: person.isActive ? 'user.unlock' : 'user.lock', target: person.email });
        else record(by, { action: 'user.change', target: person.email });
        return table.user(id);
      }),
    removeUser: (by, id) =>
      change(() => {
        const { email } = table.user(id);
        requireHeld(by, users.grantsOf(id), roles);
        users.remove(id);
        record(by, { action: 'user.remove', target: email });
      }),
    groups: () => table.groups(),
    group: (id) => table.group(id),
    createGroup: (by, group) =>
      change(() => {
        const id = table.writeGroup(undefined, group, now());
        record(by, { action: 'group.create', target: group.name });
        applyGroups(by, group.members);
        return table.group(id);
      }),
    replaceGroup: (by, id, group) =>
      change(() => {
        const { members } = table.group(id);
        table.writeGroup(id, group, now());
        record(by, { action: 'group.change', target: group.name });
        applyGroups(by, [...members, ...group.members]);
        return table.group(id);
      }),
    removeGroup: (by, id) =>
      change(() => {
        const { name, members } = table.group(id);
        table.removeGroup(id);
        record(by, { action: 'group.remove', target: name });
        applyGroups(by, members);
      }),
  };
}
