export { type Access, ALLOW_ALL, maySelectTenant, PERMISSIONS, type Permission, ROLES } from './access.ts';
export {
  type AccessControl,
  type AccessEvent,
  type AccessResult,
  type CallerRequest,
  type InvitationResult,
  type InvitedSignIn,
  type LogoutResult,
  type PasskeySignIn,
  type ProviderRejection,
  type ProviderResult,
  SESSION_COOKIE,
  type SignInProvider,
  type SignInRequest,
  type SignInResult,
} from './access-control.ts';
export type { ApiKey, NewApiKey } from './accounts/api-keys.ts';
export {
  IdentityChangeError,
  IdentityConflictError,
  IdentityForbiddenError,
  IdentityLimitError,
  IdentityMissingError,
  IdentityUnavailableError,
} from './accounts/errors.ts';
export { ALL_TENANTS, type Grant } from './accounts/grants.ts';
export type { Invitation } from './accounts/invitations.ts';
export type { Role } from './accounts/roles.ts';
export type { ServiceAccount } from './accounts/service-accounts.ts';
export type { Session } from './accounts/sessions.ts';
export type { User, UserReport } from './accounts/users.ts';
export type { Administration, OwnAccount } from './administration/administration.ts';
export { INVITATION_PATH } from './administration/invitations.ts';
export { AUDIT_FILE, AuditLog, HEAD_FILE } from './audit/audit-log.ts';
export type { AuditEntry, AuditEvent } from './audit/entry.ts';
export { type AuditPage, type AuditQuery, type ReadEntry, searchAuditLog } from './audit/read-entries.ts';
export { AUDIT_START, type AuditPosition, readSignedLines, type SignedLine } from './audit/read-signed-lines.ts';
export { PUBLIC_KEY_FILE, readPublicKey } from './audit/signing-key.ts';
export { type AuditVerification, verifyAuditLog } from './audit/verify.ts';
export { COPY_FILE, DATABASE_FILE, IdentityDatabaseError } from './database/open-database.ts';
export { Identity, type IdentityOptions, openIdentity } from './identity.ts';
export type { GroupRole, OidcOptions } from './oidc/options.ts';
export type { Passkey } from './passkeys/passkeys.ts';
export type { NewPasskey, PasskeyRequestOptions, PasskeySignature } from './passkeys/verify-passkey.ts';
export type {
  GroupGrant,
  ProvisionedGroup,
  ProvisionedMembers,
  ProvisionedPerson,
  ProvisionedUser,
  Provisioning,
} from './provisioning/provisioning.ts';
export type { TenantChange, TenantDirectory, TenantEditor, TenantLimits, TenantSettings } from './tenants.ts';
