/** The otelier gateway: components, configuration, service. */
export type { Admissions } from './admission.ts';
export * from './component/contract.ts';
export * from './component/define.ts';
export * from './component/host.ts';
export { byteSize, duration, notYet, secret, z } from './component/schema.ts';
