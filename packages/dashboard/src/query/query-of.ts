import type { DocumentResponse } from '@otelier/query';
import { LANGUAGES, type Language } from './languages.ts';

/** Reads the content of a saved query. Returns `undefined` if it is of another type. */
export function queryOf(
  content: DocumentResponse['content'],
): { readonly language: Language; readonly text: string } | undefined {
  const fields = (typeof content === 'object' && content !== null ? content : {}) as Readonly<Record<string, unknown>>;
  const known = LANGUAGES.find(({ id }) => id === fields['language']);
  const { text } = fields;
  return known === undefined || typeof text !== 'string' ? undefined : { language: known.id, text };
}
