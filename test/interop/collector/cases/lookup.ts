import { join } from 'node:path';
import type { ComponentCases } from '../cases.ts';

const signals = ['traces', 'metrics', 'logs'];
const file = (name: string): string => join(import.meta.dirname, '..', 'data', name);

const yaml = { type: 'yaml', path: file('services.yaml') };
const csv = { type: 'csv', path: file('services.csv'), key_column: 'id' };
const service = 'resource.attributes["service.name"]';
const lookups = [{ key: service, attributes: [{ destination: 'service.title', default: 'unknown' }] }];
const fields = [
  { source: 'name', destination: 'service.title', default: 'untitled' },
  { source: 'note', destination: 'service.note' },
];

/** Test cases for `lookup`, using files. `dns` configurations need a server, so only invalid ones are compared. */
export const cases: ComponentCases = {
  kind: 'processor',
  type: 'lookup',
  configurations: [
    { name: 'noop', config: { lookups }, signals },
    { name: 'noop, written', config: { source: { type: 'noop' }, lookups }, signals },
    { name: 'yaml', config: { source: yaml, lookups }, signals },
    {
      name: 'yaml, fields of maps',
      config: { source: yaml, lookups: [{ key: service, attributes: fields }] },
      signals,
    },
    {
      name: 'yaml, into the resource',
      config: { source: yaml, lookups: [{ ...lookups[0], context: 'resource' }] },
      signals,
    },
    {
      name: 'yaml, one attribute into the resource',
      config: {
        source: yaml,
        lookups: [
          { key: service, attributes: [{ destination: 'a' }, { destination: 'b', context: 'Resource', default: 'x' }] },
        ],
      },
      signals,
    },
    {
      name: 'yaml, replacing the key',
      config: { source: yaml, lookups: [{ key: service, attributes: [{ destination: 'service.name' }] }] },
      signals,
    },
    {
      name: 'yaml, by host and by the result',
      config: {
        source: yaml,
        lookups: [
          { key: 'resource.attributes["host.name"]', attributes: [{ destination: 'host.value' }] },
          { key: 'span.attributes["http.request.method"]', attributes: [{ source: 'method', destination: 'm' }] },
        ],
      },
      signals: ['traces'],
    },
    {
      name: 'yaml, by an integer',
      config: {
        source: yaml,
        lookups: [{ key: 'log.attributes["http.response.status_code"]', attributes: [{ destination: 's' }] }],
      },
      signals: ['logs'],
    },
    {
      name: 'yaml, by an integer, a field',
      config: {
        source: yaml,
        lookups: [
          {
            key: 'span.attributes["http.response.status_code"]',
            attributes: [{ source: 'name', destination: 's', default: 'other' }],
          },
        ],
      },
      signals: ['traces'],
    },
    {
      name: 'yaml, by a converter',
      config: {
        source: yaml,
        lookups: [
          { key: 'ConvertCase(span.attributes["http.request.method"], "upper")', attributes: [{ destination: 'm' }] },
        ],
      },
      signals: ['traces'],
    },
    {
      name: 'yaml, by the metric',
      config: { source: yaml, lookups: [{ key: 'metric.name', attributes: [{ destination: 'm', default: 'd' }] }] },
      signals: ['metrics'],
    },
    { name: 'csv, rows', config: { source: csv, lookups }, signals },
    { name: 'csv, fields', config: { source: csv, lookups: [{ key: service, attributes: fields }] }, signals },
    { name: 'csv, a column', config: { source: { ...csv, value_column: 'name' }, lookups }, signals },
    { name: 'csv, a column by index', config: { source: { ...csv, value_column_index: 2 }, lookups }, signals },
    {
      name: 'csv, no header',
      config: {
        source: { type: 'csv', path: file('headerless.csv'), has_header: false, delimiter: ';', key_column_index: 0 },
        lookups: [
          {
            key: service,
            attributes: [
              { source: '1', destination: 'a' },
              { source: '2', destination: 'b' },
            ],
          },
        ],
      },
      signals,
    },
    {
      name: 'csv, key by index',
      config: {
        source: { type: 'csv', path: file('services.csv'), key_column_index: 1, value_column_index: 0 },
        lookups,
      },
      signals,
    },
    {
      name: 'csv, another delimiter',
      config: { source: { ...csv, delimiter: '\t', key_column: 'id,name,note' }, lookups },
      signals,
    },
    { name: 'csv, reloading', config: { source: { ...csv, reload_interval: '1h' }, lookups }, signals: ['logs'] },
    { name: 'no lookups', config: { source: yaml }, signals: ['logs'] },
    { name: 'empty lookups', config: { source: yaml, lookups: [] }, signals: ['logs'] },
    { name: 'no key', config: { lookups: [{ attributes: [{ destination: 'a' }] }] }, signals: ['logs'] },
    { name: 'no attributes', config: { lookups: [{ key: service }] }, signals: ['logs'] },
    {
      name: 'no destination',
      config: { lookups: [{ key: service, attributes: [{ default: 'a' }] }] },
      signals: ['logs'],
    },
    { name: 'invalid context', config: { lookups: [{ ...lookups[0], context: 'scope' }] }, signals: ['logs'] },
    { name: 'invalid key', config: { lookups: [{ ...lookups[0], key: 'resource.' }] }, signals: ['logs'] },
    { name: 'key without context', config: { lookups: [{ ...lookups[0], key: 'attributes["a"]' }] }, signals },
    { name: 'key of another signal', config: { lookups: [{ ...lookups[0], key: 'span.name' }] }, signals: ['logs'] },
    { name: 'unknown converter', config: { lookups: [{ ...lookups[0], key: 'Nope(resource)' }] }, signals: ['logs'] },
    { name: 'unknown source', config: { source: { type: 'redis' }, lookups }, signals: ['logs'] },
    { name: 'no path', config: { source: { type: 'yaml' }, lookups }, signals: ['logs'] },
    {
      name: 'no such file',
      config: { source: { type: 'yaml', path: '/nonexistent.yaml' }, lookups },
      signals: ['logs'],
    },
    {
      name: 'broken.yaml.txt',
      config: { source: { type: 'yaml', path: file('broken.yaml.txt') }, lookups },
      signals: ['logs'],
    },
    { name: 'broken csv', config: { source: { ...csv, path: file('broken.csv') }, lookups }, signals: ['logs'] },
    {
      name: 'csv without key',
      config: { source: { type: 'csv', path: file('services.csv') }, lookups },
      signals: ['logs'],
    },
    { name: 'csv, two keys', config: { source: { ...csv, key_column_index: 0 }, lookups }, signals: ['logs'] },
    { name: 'csv, unknown column', config: { source: { ...csv, key_column: 'nope' }, lookups }, signals: ['logs'] },
    { name: 'csv, name without header', config: { source: { ...csv, has_header: false }, lookups }, signals: ['logs'] },
    { name: 'csv, negative index', config: { source: { ...csv, value_column_index: -1 }, lookups }, signals: ['logs'] },
    { name: 'csv, long delimiter', config: { source: { ...csv, delimiter: ';;' }, lookups }, signals: ['logs'] },
    { name: 'csv, a quote as delimiter', config: { source: { ...csv, delimiter: '"' }, lookups }, signals: ['logs'] },
    { name: 'dns, unknown type', config: { source: { type: 'dns', record_type: 'MX' }, lookups }, signals: ['logs'] },
    { name: 'dns, no timeout', config: { source: { type: 'dns', timeout: '0s' }, lookups }, signals: ['logs'] },
    { name: 'dns, empty cache', config: { source: { type: 'dns', cache: { size: 0 } }, lookups }, signals: ['logs'] },
    { name: 'unknown option', config: { lookups, other: 1 }, signals: ['logs'] },
  ],
};
