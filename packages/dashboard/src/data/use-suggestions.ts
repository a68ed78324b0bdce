import type { FacetsResponse, ServicesResponse } from '@otelier/query';
import { useMemo } from 'react';
import { usePageWindow } from '../time/page-window.tsx';
import { attributeField, readCondition, writeCondition } from './conditions.ts';
import { assignServiceColors } from './service-colors.ts';
import { useApiQuery } from './use-api-query.ts';

const FIELDS: Readonly<Record<'traces' | 'logs', readonly { readonly text: string; readonly note: string }[]>> = {
  traces: [
    { text: 'service = ', note: 'name of the service' },
    { text: 'name = ', note: 'name of the span' },
    { text: 'status = error', note: 'failed spans' },
    { text: 'duration > 500ms', note: 'slow spans' },
    { text: 'kind = server', note: 'server, client, internal, producer, consumer' },
  ],
  logs: [
    { text: 'service = ', note: 'name of the service' },
    { text: 'severity >= warn', note: 'trace, debug, info, warn, error, fatal' },
    { text: 'body ~ ', note: 'pattern in the body' },
  ],
};

/** Returns completions for the condition field: fields, services and known attributes. */
export function useSuggestions(
  signal: 'traces' | 'logs',
): (typed: string) => readonly { readonly text: string; readonly note: string }[] {
  const { startMillis, endMillis } = usePageWindow();
  // Completions may lag behind: one request per minute is enough.
  const minute = (millis: number): number => Math.ceil(millis / 60_000) * 60_000;
  const range = { start: minute(startMillis), end: minute(endMillis) };
  const response = useApiQuery<ServicesResponse>({ path: '/services', params: range }).data;
  const services = response?.services ?? [];
  useMemo(() => assignServiceColors((response?.services ?? []).map((service) => service.service)), [response]);
  const attributes =
    useApiQuery<FacetsResponse>({ path: '/attributes', params: { ...range, signal } }).data?.facets[0]?.values ?? [];
  const all = [
    ...FIELDS[signal],
    ...services.map((service) => ({ text: writeCondition('service', '=', service.service), note: 'service' })),
    ...attributes.map(({ value }) => ({ text: `${attributeField(value)} = `, note: 'attribute' })),
  ];
  return (typed) => {
    const wanted = typed.trim().toLowerCase();
    if (wanted === '') return FIELDS[signal];
    if (readCondition(typed) !== undefined)
      return all.filter(({ text }) => text.toLowerCase().startsWith(wanted) && text !== typed);
    return all.filter(({ text }) => text.toLowerCase().includes(wanted));
  };
}
