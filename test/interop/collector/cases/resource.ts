import type { ComponentCases } from '../cases.ts';
import { cases as attributes } from './attributes.ts';

const all = ['traces', 'metrics', 'logs'];

/** Test cases for `resource`, which supports the actions of `attributes`. */
export const cases: ComponentCases = {
  kind: 'processor',
  type: 'resource',
  configurations: [
    ...attributes.configurations
      .filter(({ config }) => !('include' in config) && !('exclude' in config))
      .map(({ name, config: { actions } }) => ({ name, config: { attributes: actions }, signals: all })),
    {
      name: 'the name of the service',
      config: {
        attributes: [
          { key: 'service.name', value: 'other', action: 'update' },
          { key: 'service.namespace', from_attribute: 'host.name', action: 'insert' },
          { key: 'host.name', action: 'delete' },
        ],
      },
      signals: all,
    },
    { name: 'actions under another name', config: { actions: [{ key: 'a', action: 'delete' }] }, signals: ['traces'] },
    { name: 'nothing', config: {}, signals: ['traces'] },
  ],
};
