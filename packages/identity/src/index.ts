export {
  type Access,
  ALLOW_ALL,
  maySelectTenant,
  PERMISSIONS,
  type Permission,
  ROLES,
} from './access.ts';
export type { AccessControl, AccessEvent, AccessResult, CallerRequest } from './access-control.ts';
export { isTenantName, type TenantDirectory, type TenantLimits, type TenantSettings } from './tenants.ts';
