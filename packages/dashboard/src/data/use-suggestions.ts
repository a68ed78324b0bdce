import type { FacetsResponse, ServicesResponse } from '@otelier/query';
import { useDeferredValue, useMemo } from 'react';
import { msg, t } from '../locale/t.ts';
import { usePageWindow } from '../time/page-window.tsx';
import { attributeField, readCondition, writeCondition } from './conditions.ts';
import { parseSearchText, type SearchFields } from './search-text/search-text.ts';
import { assignServiceColors } from './service-colors.ts';
import { useApiQuery } from './use-api-query.ts';

/** A completion for the condition field. */
export interface Suggestion {
  /** The field's content after completion: `service = `, or a whole condition. */
  readonly text: string;
  readonly note: string;
}

const FIELDS: Readonly<Record<'traces' | 'logs', readonly Suggestion[]>> = {
  traces: [
    { text: 'service = ', note: msg('name of the service') },
    { text: 'name = ', note: msg('name of the span') },
    { text: 'status = error', note: msg('failed spans') },
    { text: 'duration > 500ms', note: msg('slow spans') },
    { text: 'kind = server', note: msg('server, client, internal, producer, consumer') },
  ],
  logs: [
    { text: 'service = ', note: msg('name of the service') },
    { text: 'severity >= warn', note: msg('trace, debug, info, warn, error, fatal') },
    { text: 'body contains ', note: msg('text in the body') },
    { text: 'body ~ ', note: msg('pattern in the body') },
  ],
};
const PLAIN: Readonly<Record<'traces' | 'logs', readonly string[]>> = {
  traces: ['service', 'name', 'status', 'duration', 'kind', 'scope.name'],
  logs: ['service', 'severity', 'body', 'scope.name', 'event.name'],
};

/** Completions for what is typed into the condition field, and the fields that it may name. */
export interface Suggestions {
  readonly shown: readonly Suggestion[];
  readonly fields: SearchFields;
}

/** Returns completions: fields, services, known attributes, and the values of the field that is typed. */
export function useSuggestions(signal: 'traces' | 'logs', typed: string): Suggestions {
  const { startMillis, endMillis } = usePageWindow();
  // Completions may lag behind: one request per minute is enough.
  const minute = (millis: number): number => Math.ceil(millis / 60_000) * 60_000;
  const range = { start: minute(startMillis), end: minute(endMillis) };
  const response = useApiQuery<ServicesResponse>({ path: '/services', params: range }).data;
  const services = response?.services ?? [];
  useMemo(() => assignServiceColors((response?.services ?? []).map((service) => service.service)), [response]);
  const attributes =
    useApiQuery<FacetsResponse>({ path: '/attributes', params: { ...range, signal } }).data?.facets[0]?.values ?? [];
  const fields = { plain: PLAIN[signal], attributes: new Set(attributes.map(({ value }) => value)) };
  const values = useValueSuggestions(signal, typed, range, fields);
  const all = [
    ...FIELDS[signal],
    ...services.map((service) => ({ text: writeCondition('service', '=', service.service), note: t('service') })),
    ...attributes.map(({ value }) => ({ text: `${attributeField(value)} = `, note: t('attribute') })),
  ];
  const wanted = typed.trim().toLowerCase();
  if (wanted === '') return { shown: FIELDS[signal], fields };
  const matching =
    readCondition(typed) === undefined
      ? all.filter(({ text }) => text.toLowerCase().includes(wanted))
      : all.filter(({ text }) => text.toLowerCase().startsWith(wanted) && text !== typed);
  const known = new Set(matching.map(({ text }) => text));
  return { shown: [...matching, ...values.filter(({ text }) => !known.has(text))], fields };
}

/** Matches a condition whose value is being typed. */
const TYPING = /^\s*((?:attributes|resource)\."(?:[^"\\]|\\.)*"|[^\s=!<>~"'(),]+)\s*(!=|=)\s*"?([^"]*)$/;
const MAX_VALUES = 200;

/** Returns the stored values of a field whose condition is being typed. */
function useValueSuggestions(
  signal: 'traces' | 'logs',
  typed: string,
  range: { readonly start: number; readonly end: number },
  fields: SearchFields,
): readonly Suggestion[] {
  const [, name = '', op = '', begun = ''] = TYPING.exec(useDeferredValue(typed)) ?? [];
  const parsed = name === '' ? undefined : parseSearchText(`${name} exists`, fields);
  const field = parsed?.kind === 'conditions' ? readCondition(parsed.conditions[0] ?? '')?.field : undefined;
  // The API takes keys of attributes without quotes.
  const asked = field?.replace(/"(.*)"$/s, (_, key: string) => key.replace(/\\(.)/gs, '$1'));
  const isListed = asked !== undefined && asked !== 'duration' && asked !== 'body' && asked !== 'severity';
  const { data } = useApiQuery<FacetsResponse>({
    path: signal === 'traces' ? '/attributes/values' : '/logs/facets',
    params: { ...range, field: asked, limit: MAX_VALUES },
    enabled: isListed,
    keep: false,
  });
  if (field === undefined || !isListed) return [];
  const wanted = begun.trim().toLowerCase();
  return (data?.facets[0]?.values ?? [])
    .filter(({ value }) => value.toLowerCase().includes(wanted))
    .map(({ value, count }) => ({ text: writeCondition(field, op, value), note: `${count}` }))
    .filter(({ text }) => text !== typed);
}
