import {
  type BatchContext,
  findField,
  type ItemCursor,
  METRIC_FIELDS,
  payloadEnd,
  payloadStart,
  type RewriteHooks,
  readString,
  replaceField,
  SCHEMA_URL_FIELD,
  type Splices,
} from '@otelier/otlp';
import { BatchRejection } from '../../component/rewriter.ts';
import { stringField } from '../../ottl/record/encode.ts';
import { SchemaChanger } from './changer.ts';
import type { TranslationResult } from './translations.ts';
import type { Translation } from './translator.ts';

/** Thrown by hooks if a resource's schema file is unavailable, so that the sender retries. */
class SchemaUnavailable extends BatchRejection {
  override readonly name: string = 'SchemaUnavailable';
  override readonly isTemporary: boolean = true;
}

type Signal = 'traces' | 'metrics' | 'logs';

/** Returns hooks that translate requests. `find` returns `undefined` for a translation that must be fetched first. */
export function schemaHooks(
  signal: Signal,
  find: (url: string) => TranslationResult | undefined,
  onFailure: (reason: string) => void,
): RewriteHooks<BatchContext> {
  const changers = new WeakMap<Translation, SchemaChanger>();
  let hasConflict = false;
  const changerOf = (translation: Translation): SchemaChanger => {
    const known = changers.get(translation);
    if (known !== undefined) return known;
    const changer = new SchemaChanger(translation.steps, () => {
      hasConflict = true;
    });
    changers.set(translation, changer);
    return changer;
  };
  let resourceUrl = '';
  let resource: Translation | undefined;
  let scope: Translation | undefined;
  let changer: SchemaChanger | undefined;
  let newMetricName: string | undefined;

  const change = {
    traces: (cursor: ItemCursor) => changer?.span(cursor),
    logs: (cursor: ItemCursor) => changer?.logRecord(cursor),
    metrics: (cursor: ItemCursor) => changer?.dataPoint(cursor),
  }[signal];

  return {
    resource(cursor) {
      const { bytes, resourceGroupStart, resourceGroupEnd } = cursor;
      resourceUrl = textOf(bytes, resourceGroupStart, resourceGroupEnd, SCHEMA_URL_FIELD);
      resource = undefined;
      if (resourceUrl === '') return 'keep';
      const result = find(resourceUrl);
      if (result === undefined) return 'keep';
      if (result.kind === 'unknown') throw new BatchRejection(`schema URL of a resource: ${result.reason}`);
      if (result.kind === 'unavailable') throw new SchemaUnavailable('the schema file of a resource is not available');
      resource = result.translation;
      hasConflict = false;
      const changed = changerOf(resource).resource(cursor);
      if (hasConflict) throw new BatchRejection('a resource has the old and the new name of an attribute');
      return changed ?? 'keep';
    },
    scope({ bytes, scopeGroupStart, scopeGroupEnd }) {
      hasConflict = false;
      scope = undefined;
      const url = textOf(bytes, scopeGroupStart, scopeGroupEnd, SCHEMA_URL_FIELD) || resourceUrl;
      if (url !== '') {
        const result = find(url);
        if (result?.kind === 'unknown') onFailure(result.reason);
        if (result?.kind === 'unavailable') onFailure('the schema file is not available');
        if (result?.kind === 'translation') scope = result.translation;
      }
      changer = scope === undefined || scope.steps.length === 0 ? undefined : changerOf(scope);
      return 'keep';
    },
    metric({ bytes, metricStart, metricEnd }) {
      newMetricName = changer?.metric(textOf(bytes, metricStart, metricEnd, METRIC_FIELDS.name));
      return 'keep';
    },
    item(cursor) {
      change(cursor);
      return 'keep';
    },
    leave(kind, cursor) {
      const { bytes, splices } = cursor;
      if (kind === 'resource' && resource !== undefined)
        setUrl(splices, bytes, cursor.resourceGroupStart, cursor.resourceGroupEnd, resource.targetUrl);
      if (kind === 'scope' && scope !== undefined && !hasConflict && setsScopeUrl(signal, scope))
        setUrl(splices, bytes, cursor.scopeGroupStart, cursor.scopeGroupEnd, scope.targetUrl);
      if (kind === 'scope' && hasConflict) onFailure('an item has the old and the new name of an attribute');
      if (kind === 'metric' && newMetricName !== undefined) {
        const content = stringField(METRIC_FIELDS.name, newMetricName);
        replaceField(splices, bytes, cursor.metricStart, cursor.metricEnd, METRIC_FIELDS.name, content);
      }
      return 0;
    },
  };
}

/**
 * Reports whether the scope gets the target URL, as in the Collector: always for metrics, for logs if the version
 * differs, and for spans if anything changes.
 */
function setsScopeUrl(signal: Signal, { kind, steps }: Translation): boolean {
  if (signal === 'metrics') return true;
  return signal === 'logs' ? kind !== 'none' : steps.length > 0;
}

function setUrl(splices: Splices, bytes: Uint8Array, start: number, end: number, url: string): void {
  replaceField(splices, bytes, start, end, SCHEMA_URL_FIELD, stringField(SCHEMA_URL_FIELD, url));
}

function textOf(bytes: Uint8Array, start: number, end: number, field: number): string {
  const value = findField(bytes, start, end, field);
  return value < 0 ? '' : readString(bytes, payloadStart(bytes, value), payloadEnd(bytes, value));
}
