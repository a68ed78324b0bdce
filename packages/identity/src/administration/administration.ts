import type { Access } from '../access.ts';
import type { ApiKey } from '../accounts/api-keys.ts';
import type { Grant } from '../accounts/grants.ts';
import type { Invitation } from '../accounts/invitations.ts';
import type { Role } from '../accounts/roles.ts';
import type { ServiceAccount } from '../accounts/service-accounts.ts';
import type { Session } from '../accounts/sessions.ts';
import type { UserReport } from '../accounts/users.ts';
import type { AuditPage, AuditQuery } from '../audit/read-entries.ts';
import type { AuditVerification } from '../audit/verify.ts';
import type { CallerRequest } from '../caller-request.ts';
import type { Passkey } from '../passkeys/passkeys.ts';
import type { NewPasskey, PasskeyRequestOptions } from '../passkeys/verify-passkey.ts';
import type { Provisioning } from '../provisioning/provisioning.ts';

/** A change of an account. What is not set stays. */
export interface PersonChange {
  readonly id: string;
  readonly name?: string | undefined;
  readonly state?: 'active' | 'locked' | undefined;
  readonly grants?: readonly Grant[] | undefined;
}

/** A key that was created. Its text cannot be read again. */
export interface CreatedKey {
  readonly id: string;
  readonly text: string;
}

/** An invitation that was created. Its path cannot be read again. */
export interface CreatedInvitation {
  readonly id: string;
  /** Path and query of the link, below the address of the page. */
  readonly path: string;
  readonly expiresMillis: number;
}

/** A change of a service account. What is not set stays. */
export type ServiceAccountChange = Omit<PersonChange, 'name'>;

/** A person who is signed in. */
export interface OwnAccount {
  readonly user: UserReport;
  /** ID of the session that makes the request. */
  readonly session: string;
  readonly sessions: readonly Session[];
  readonly recoveryCodes: number;
  readonly passkeys: readonly Passkey[];
}

/** What a browser makes a passkey with. */
export interface PasskeyCreation extends PasskeyRequestOptions {
  readonly userId: string;
  readonly userName: string;
  readonly displayName: string;
  /** IDs of the passkeys that the person has. */
  readonly known: readonly string[];
}

/**
 * What administrators and people change about accounts, roles and keys. Each change is recorded in the audit log. Methods reject
 * with an `IdentityChangeError`. Callers give only what they have themselves: no method lets one gain permissions.
 */
export interface Administration {
  readonly people: {
    list(): readonly UserReport[];
    create(by: Access, person: Pick<PersonChange, 'grants'> & NewPerson): Promise<string>;
    change(by: Access, change: PersonChange): Promise<void>;
    /** Replaces a password and ends the sessions of the person. */
    setPassword(by: Access, id: string, password: string): Promise<void>;
    /** Requires no one-time passwords of a person, who has lost the device, and removes the passkeys. */
    removeSecondFactor(by: Access, id: string): Promise<void>;
    remove(by: Access, id: string): Promise<void>;
    sessions(): Promise<readonly Session[]>;
    endSession(by: Access, id: string): Promise<void>;
  };
  readonly invitations: {
    list(): readonly Invitation[];
    create(by: Access, invitation: NewInvitation): Promise<CreatedInvitation>;
    revoke(by: Access, id: string): Promise<void>;
  };
  readonly serviceAccounts: {
    list(): readonly ServiceAccount[];
    create(by: Access, account: Pick<ServiceAccount, 'name' | 'grants'>): Promise<string>;
    change(by: Access, change: ServiceAccountChange): Promise<void>;
    /** Removes an account and its keys. */
    remove(by: Access, id: string): Promise<void>;
  };
  /** What a provider manages, as by SCIM; `undefined` if none is configured. */
  readonly provisioning?: Provisioning | undefined;
  readonly roles: {
    list(): readonly Role[];
    save(by: Access, role: Pick<Role, 'name' | 'masked'> & { readonly permissions: readonly string[] }): Promise<void>;
    remove(by: Access, name: string): Promise<void>;
  };
  readonly keys: {
    list(): Promise<readonly ApiKey[]>;
    create(by: Access, key: NewKey): Promise<CreatedKey>;
    /** Creates a successor. The old key stays valid for the overlap. */
    rotate(by: Access, id: string, overlapMillis: number): Promise<CreatedKey>;
    revoke(by: Access, id: string): Promise<void>;
  };
  readonly account: {
    /** Returns the account of the person whose session makes a request; `undefined` for other callers. */
    get(request: CallerRequest): OwnAccount | undefined;
    /** Replaces the password, ends all sessions, and returns the secret of a new one. */
    changePassword(
      request: CallerRequest,
      passwords: { readonly current: string; readonly password: string },
    ): Promise<{ readonly secret: string; readonly maxAgeSeconds: number }>;
    /** Starts the enrolment of a device for one-time passwords, and returns its secret and the link for an app. */
    startSecondFactor(
      request: CallerRequest,
      password: string,
    ): Promise<{ readonly secret: string; readonly link: string }>;
    /** Ends the enrolment, and returns codes for recovery, which cannot be read again. */
    confirmSecondFactor(request: CallerRequest, code: string): Promise<readonly string[]>;
    removeSecondFactor(
      request: CallerRequest,
      proof: { readonly password: string; readonly code: string },
    ): Promise<void>;
    endSession(request: CallerRequest, id: string): Promise<void>;
    readonly passkeys: {
      /** Verifies the password and returns what the browser makes a passkey with. */
      start(request: CallerRequest, password: string): Promise<PasskeyCreation>;
      add(request: CallerRequest, passkey: NewPasskey & { readonly name: string }): Promise<void>;
      remove(request: CallerRequest, proof: { readonly id: string; readonly password: string }): Promise<void>;
    };
  };
  readonly audit: {
    /** Returns entries, newest first. Reads a bounded part of the log. */
    search(query: AuditQuery): Promise<AuditPage>;
    /** Yields the entries as lines of JSON with their signatures, oldest first. */
    export(query: Omit<AuditQuery, 'limit' | 'before'>): AsyncGenerator<string, undefined>;
    /** Verifies the log from its first line to its head. */
    verify(): Promise<AuditVerification>;
  };
}

/** A new account. */
export interface NewPerson {
  readonly email: string;
  readonly name: string;
  readonly password: string;
}

/** An invitation to create an account. */
export interface NewInvitation {
  readonly email: string;
  readonly grants: readonly Grant[];
  readonly validMillis: number;
}

/** A new API key: with a role in a tenant, or of a service account, whose roles it has. */
export interface NewKey {
  readonly name: string;
  readonly role?: string | undefined;
  readonly tenant?: string | undefined;
  /** ID of the service account. */
  readonly account?: string | undefined;
  readonly expiresMillis?: number | undefined;
  readonly requestsPerMinute?: number | undefined;
}
