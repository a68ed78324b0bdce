import type { ComponentCases } from '../cases.ts';

const signals = ['traces', 'metrics', 'logs'];
const KEYS = ['text', 'int', 'double', 'bool', 'list', 'map', 'any', 'http.route', 'kube_pod', 'Password'];

/** Test cases for `groupbyattrs`. */
export const cases: ComponentCases = {
  kind: 'processor',
  type: 'groupbyattrs',
  configurations: [
    { name: 'no keys', config: {}, signals },
    { name: 'an empty list', config: { keys: [] }, signals },
    ...KEYS.map((key) => ({ name: `the key ${key}`, config: { keys: [key] }, signals })),
    { name: 'all keys', config: { keys: KEYS }, signals },
    { name: 'two keys', config: { keys: ['http.request.method', 'http.response.status_code'] }, signals },
    {
      name: 'two keys in another order',
      config: { keys: ['http.response.status_code', 'http.request.method'] },
      signals,
    },
    { name: 'an attribute of the resource', config: { keys: ['service.name', 'host.name'] }, signals },
    { name: 'an absent key', config: { keys: ['absent'] }, signals },
    { name: 'repeated and empty keys', config: { keys: ['text', '', 'text'] }, signals },
    { name: 'an empty key', config: { keys: [''] }, signals },
    { name: 'keys that are not a list', config: { keys: { a: 1 } }, signals },
    { name: 'keys that are numbers', config: { keys: [1] }, signals },
    { name: 'unknown option', config: { attributes: ['text'] }, signals },
  ],
};
