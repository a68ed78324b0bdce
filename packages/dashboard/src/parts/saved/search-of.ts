import type { DocumentResponse } from '@otelier/query';
import type { PageSearch } from '../../data/search.ts';

/** Reads a saved search. Parts that are missing or of another type are left out. */
export function searchOf(content: DocumentResponse['content']): PageSearch {
  const parts = typeof content === 'object' && content !== null ? (content as Readonly<Record<string, unknown>>) : {};
  const texts = (value: unknown): readonly string[] | undefined => {
    const list = Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
    return list.length === 0 ? undefined : list;
  };
  const { where, columns, text } = parts;
  return { where: texts(where), columns: texts(columns), text: typeof text === 'string' ? text : undefined };
}
