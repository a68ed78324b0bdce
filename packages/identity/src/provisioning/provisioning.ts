import type { Access } from '../access.ts';
import type { Grant } from '../accounts/grants.ts';

/** What a provider says about a person. */
export interface ProvisionedPerson {
  /** Unique name of the person at the provider. */
  readonly userName: string;
  /** Address with which the person signs in. */
  readonly email: string;
  readonly name: string;
  readonly isActive: boolean;
  /** Other attributes, which are kept as they are. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A person whose account a provider manages. */
export interface ProvisionedUser extends ProvisionedPerson {
  readonly id: string;
  readonly createdMillis: number;
  readonly changedMillis: number;
  readonly groups: readonly { readonly id: string; readonly name: string }[];
}

/** What a provider says about a group. */
export interface ProvisionedMembers {
  readonly name: string;
  readonly externalId: string | undefined;
  /** IDs of its people. */
  readonly members: readonly string[];
}

/** A group that a provider manages. */
export interface ProvisionedGroup extends ProvisionedMembers {
  readonly id: string;
  readonly createdMillis: number;
  readonly changedMillis: number;
}

/** A role for the people of a group. */
export interface GroupGrant extends Grant {
  /** Name of the group. */
  readonly group: string;
}

/**
 * The accounts and groups that a provider manages, as by SCIM. Each change is recorded in the audit log. Methods throw or
 * reject with an `IdentityChangeError`. The groups of a person decide the roles; callers give only what they have themselves.
 */
export interface Provisioning {
  users(): readonly ProvisionedUser[];
  user(id: string): ProvisionedUser;
  createUser(by: Access, person: ProvisionedPerson): Promise<ProvisionedUser>;
  replaceUser(by: Access, id: string, person: ProvisionedPerson): Promise<ProvisionedUser>;
  removeUser(by: Access, id: string): Promise<void>;
  groups(): readonly ProvisionedGroup[];
  group(id: string): ProvisionedGroup;
  createGroup(by: Access, group: ProvisionedMembers): Promise<ProvisionedGroup>;
  replaceGroup(by: Access, id: string, group: ProvisionedMembers): Promise<ProvisionedGroup>;
  removeGroup(by: Access, id: string): Promise<void>;
}
