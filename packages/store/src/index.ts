export * from './contract.ts';
export { openStore } from './open.ts';
