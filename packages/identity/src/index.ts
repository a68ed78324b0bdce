export {
  type Access,
  ALLOW_ALL,
  maySelectTenant,
  PERMISSIONS,
  type Permission,
  ROLES,
} from './access.ts';
export { isTenantName, type TenantDirectory, type TenantLimits, type TenantSettings } from './tenants.ts';
