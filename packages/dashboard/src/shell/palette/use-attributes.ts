import type { FacetsResponse } from '@otelier/query';
import { useDeferredValue } from 'react';
import { attributeField } from '../../data/conditions.ts';
import { useApiQuery } from '../../data/use-api-query.ts';

/** An attribute of spans, or one of its values, that a text of the palette finds. */
export interface FoundAttribute {
  readonly key: string;
  readonly value: string | undefined;
  readonly count: number;
}

const MAX_KEYS = 5;
const MAX_VALUES = 3;
const MAX_READ_VALUES = 200;
/** Shorter texts find keys only, because most values contain them. */
const MIN_LENGTH = 2;

/** Returns the attributes whose keys contain a word of the text, and values of the most frequent one. */
export function useAttributes(
  text: string,
  range: { readonly start: number; readonly end: number },
): readonly FoundAttribute[] {
  const words = useDeferredValue(text).trim().toLowerCase().split(/\s+/);
  const isSearch = (words[0] ?? '') !== '';
  const all = useApiQuery<FacetsResponse>({
    path: '/attributes',
    params: { ...range, signal: 'traces' },
    enabled: isSearch,
  }).data?.facets[0]?.values;
  const keys = isSearch
    ? (all ?? []).filter(({ value }) => words.some((word) => value.toLowerCase().includes(word))).slice(0, MAX_KEYS)
    : [];
  const best = keys[0]?.value;
  const rest = words.filter((word) => best?.toLowerCase().includes(word) === false && word !== '=');
  const values = useApiQuery<FacetsResponse>({
    path: '/attributes/values',
    params: { ...range, field: `attributes.${best ?? ''}`, limit: MAX_READ_VALUES },
    enabled: best !== undefined && text.trim().length >= MIN_LENGTH,
    keep: false,
  }).data?.facets[0]?.values;
  return [
    ...(best === undefined ? [] : (values ?? []))
      .filter(({ value }) => rest.every((word) => value.toLowerCase().includes(word)))
      .slice(0, MAX_VALUES)
      .map(({ value, count }) => ({ key: best ?? '', value, count })),
    ...keys.map(({ value, count }) => ({ key: value, value: undefined, count })),
  ];
}

/** Returns the field of an attribute in conditions. */
export function fieldOf({ key }: FoundAttribute): string {
  return attributeField(key);
}
