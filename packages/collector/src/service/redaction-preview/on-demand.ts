import type { FindSensitive } from '@otelier/query';

/** Searches requests for sensitive values. What it needs is loaded with the first call. */
export const findSensitiveOnDemand: FindSensitive = async (search, requests) =>
  await (await import('./find-sensitive.ts')).findSensitive(search, requests);
