import {
  DATA_POINT_FIELDS,
  LOG_RECORD_FIELDS,
  metricKindOf,
  RESOURCE_FIELDS,
  SCOPE_FIELDS,
  SPAN_FIELDS,
  Splices,
} from '@otelier/otlp';
import { defineRewriter, type Hooks } from '../component/rewriter.ts';
import { AttributesRedaction } from './redaction/attributes.ts';
import { redactBody } from './redaction/body.ts';
import { catalogHooks } from './redaction/catalog/hooks.ts';
import { redactionConfig } from './redaction/config.ts';
import { RedactionRules } from './redaction/rules.ts';
import { redactEvents, sanitizeName } from './redaction/span.ts';
import { OWN_KEYS } from './redaction/summary.ts';

export const redaction = defineRewriter({
  summary: 'Removes attributes that are not allowed, and masks values that must not be stored.',
  stability: 'beta',
  signals: ['traces', 'metrics', 'logs'],
  config: redactionConfig,
  examples: [
    {
      title: 'Mask card numbers, bank accounts, secrets and e-mail addresses',
      config: { allow_all_keys: true, catalog: ['financial', 'secrets', 'email'], summary: 'info' },
    },
    {
      title: 'Mask card numbers and tokens, and say where',
      config: {
        allow_all_keys: true,
        blocked_values: ['4[0-9]{12}(?:[0-9]{3})?'],
        blocked_key_patterns: ['.*token.*', '.*api_key.*'],
        summary: 'debug',
      },
    },
    {
      title: 'Replace people and addresses by pseudonyms, and keep more of one tenant',
      config: {
        allow_all_keys: true,
        catalog: ['contact', 'financial', 'network'],
        masks: { contact: 'pseudonym', card: 'keep_last_4', iban: 'keep_format', network: 'truncate' },
        pseudonym_key: '0123456789abcdef0123456789abcdef',
        tenants: { lab: { catalog: ['secrets'] } },
      },
    },
    {
      title: 'Keep listed attributes only, with sanitized statements and paths',
      config: {
        allowed_keys: ['db.query.text', 'db.system.name', 'http.request.method', 'url.path'],
        db_sanitizer: { sql: { enabled: true, attributes: ['db.query.text'] } },
        url_sanitizer: { enabled: true, attributes: ['url.path'] },
      },
    },
  ],
  describe: ({ allowAllKeys, allowedKeys }) => (allowAllKeys ? 'all keys' : `${allowedKeys.length} allowed keys`),
  hooks(config, { signal }) {
    const rules = new RedactionRules(config, OWN_KEYS, signal === 'logs');
    const attributes = new AttributesRedaction(rules, config.summary);
    const owner = (bytes: Uint8Array, start: number, end: number, field: number) => {
      const splices = new Splices();
      const isChanged = attributes.redact(bytes, start, end, field).record(splices);
      return isChanged ? splices.apply(bytes, start, end) : 'keep';
    };
    const names = {
      urls: config.urlSanitizer.enabled && config.urlSanitizer.sanitizeSpanName,
      databases: rules.databases.isEnabled && config.dbSanitizer.sanitizeSpanName,
    };
    const catalog = rules.usesCatalog ? [catalogHooks(signal, rules, config.summary, ATTRIBUTES_FIELD[signal])] : [];
    if (!rules.hasOthers) return catalog;
    const others: Hooks = {
      resource: ({ bytes, resourceStart, resourceEnd }) =>
        owner(bytes, resourceStart, resourceEnd, RESOURCE_FIELDS.attributes),
      scope: ({ bytes, scopeStart, scopeEnd }) => owner(bytes, scopeStart, scopeEnd, SCOPE_FIELDS.attributes),
      item(cursor) {
        const { bytes, start, end, dataField, splices } = cursor;
        attributes.redact(bytes, start, end, ATTRIBUTES_FIELD[signal](dataField));
        if (signal === 'logs') attributes.addBodySummary(redactBody(rules, cursor));
        attributes.record(splices);
        if (signal !== 'traces') return 'keep';
        if (names.urls || names.databases) sanitizeName(rules, names, attributes, cursor);
        redactEvents(attributes, cursor);
        return 'keep';
      },
    };
    return [...catalog, others];
  },
});

const ATTRIBUTES_FIELD = {
  traces: () => SPAN_FIELDS.attributes,
  metrics: (dataField: number) => DATA_POINT_FIELDS[metricKindOf(dataField) ?? 'gauge'].attributes,
  logs: () => LOG_RECORD_FIELDS.attributes,
};
