/** The otelier gateway: components, configuration, service. */

export * from './authoring/components.ts';
export type { Admissions, Rejection } from './component/admissions.ts';
export * from './component/host.ts';
export { notYet } from './component/schema.ts';
export type * from './component/storage/contract.ts';
export { formatByteSize, formatDuration, parseByteSize, parseDuration } from './component/units.ts';
export { ConfigError, type Diagnostic, formatConfigError, type Position } from './config/config-error.ts';
export { readConfigFiles } from './config/files.ts';
export { type Loaded, type LoadOptions, loadConfig } from './config/load.ts';
export type { ConfigSource, ServiceConfig } from './config/model.ts';
export { type FieldReference, listFields, userJsonSchema } from './config/reference.ts';
export type { Registry, RegistryEntry } from './config/registry.ts';
export { StartError } from './graph/start-error.ts';
export { createAdmissions } from './service/admission.ts';
export { createLogger, type LoggingOptions } from './service/logging.ts';
export { createService, type DrainReport, type Service, type ServiceOptions } from './service/service.ts';
