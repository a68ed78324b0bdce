import {
  type BatchContext,
  normalizeProfiles,
  RESOURCE_FIELDS,
  type RewriteHooks,
  SCOPE_FIELDS,
  SIGNALS,
  type Signal,
} from '@otelier/otlp';
import { BatchRejection } from '../../component/rewriter.ts';
import { ProfilesDictionary } from './dictionary.ts';
import { withoutReferences } from './references.ts';

/** Returns the hooks that precede `passes` other passes over the requests of a signal: none, except for profiles. */
export function preparation(signal: Signal, passes: number): readonly RewriteHooks<BatchContext>[] {
  return passes > 0 && !SIGNALS[signal].mergeable ? [prepareProfiles()] : [];
}

/**
 * Returns hooks that prepare requests of profiles for reading in place. Their contents are validated, because receivers
 * check only the outer levels, and strings of the dictionary to which attributes of resources and scopes refer are
 * written in their place.
 */
function prepareProfiles(): RewriteHooks<BatchContext> {
  const dictionary = new ProfilesDictionary();
  return {
    begin(request) {
      const normalized = normalizeProfiles(request);
      if (!normalized.ok) throw new BatchRejection(`expected valid profiles, got ${normalized.reason}`);
      return normalized.bytes;
    },
    resource({ bytes, resourceStart, resourceEnd }) {
      const { attributes } = RESOURCE_FIELDS;
      return withoutReferences(bytes, resourceStart, resourceEnd, attributes, dictionary.moveTo(bytes)) ?? 'keep';
    },
    scope({ bytes, scopeStart, scopeEnd }) {
      return (
        withoutReferences(bytes, scopeStart, scopeEnd, SCOPE_FIELDS.attributes, dictionary.moveTo(bytes)) ?? 'keep'
      );
    },
    end(request) {
      dictionary.clear();
      return request;
    },
  };
}
