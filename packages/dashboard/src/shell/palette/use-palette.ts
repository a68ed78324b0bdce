import type { DocumentResponse, MetricsResponse, RoutesResponse, ServicesResponse } from '@otelier/query';
import { useNavigate } from '@tanstack/react-router';
import { getJson } from '../../data/client.ts';
import { writeCondition } from '../../data/conditions.ts';
import { useDocuments } from '../../data/documents/documents.ts';
import { type PageSearch, serviceNode, timeOf } from '../../data/search.ts';
import { useApiQuery } from '../../data/use-api-query.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { formatCount, formatPercent, plural } from '../../format/number.ts';
import { formatDuration } from '../../format/quantity.ts';
import { t } from '../../locale/t.ts';
import { usePageWindow } from '../../time/page-window.tsx';
import type { ViewEntry } from '../views.ts';
import { type PaletteEntry, traceIdIn } from './palette-entries.ts';
import { recentTraces } from './recents.ts';
import { fieldOf, useAttributes } from './use-attributes.ts';
import { useCommands } from './use-commands.ts';
import { useViews } from './use-views.ts';

/** Returns all palette entries. Services, routes and metrics are those in the page's time range. */
export function usePalette(query: string): readonly PaletteEntry[] {
  const search = usePageSearch();
  const navigate = useNavigate();
  const { startMillis, endMillis } = usePageWindow();
  const minute = 60_000;
  const range = { start: Math.floor(startMillis / minute) * minute, end: Math.ceil(endMillis / minute) * minute };
  const services = useApiQuery<ServicesResponse>({ path: '/services', params: range }).data?.services ?? [];
  const routes = useApiQuery<RoutesResponse>({ path: '/routes', params: { ...range, limit: 100 } }).data?.routes ?? [];
  const metrics =
    useApiQuery<MetricsResponse>({ path: '/metrics', params: { ...range, limit: 2000 } }).data?.metrics ?? [];
  const boards = useDocuments('board').data?.documents ?? [];
  const searches = useDocuments('search').data?.documents ?? [];
  const queries = useDocuments('query').data?.documents ?? [];
  const attributes = useAttributes(query, range);
  const commands = useCommands();
  const views = useViews();
  const go = (path: ViewEntry['path'], more: PageSearch = {}): void =>
    void navigate({ to: path, search: { ...timeOf(search), ...more } } as never);
  const openService = (name: string): void =>
    void navigate({ to: '/services/$name', params: { name }, search: timeOf(search) } as never);
  const traceId = traceIdIn(query);
  return [
    ...(traceId === undefined
      ? []
      : [
          {
            id: 'trace',
            group: 'Trace' as const,
            text: query.trim(),
            aside: t('Open this trace'),
            icon: 'traces' as const,
            mono: true,
            run: () => go('/traces', { trace: traceId }),
          },
        ]),
    ...views.map(
      (view): PaletteEntry => ({
        id: `view ${view.id}`,
        group: 'Views',
        text: t(view.title),
        icon: view.id,
        keys: ['G', view.letter],
        run: () => go(view.path),
      }),
    ),
    ...services.map(
      (service): PaletteEntry => ({
        id: `service ${service.service}`,
        group: 'Services',
        text: service.service,
        note: t('{errors} % errors, p95 {p95}', {
          errors: formatPercent(service.requests === 0 ? 0 : service.errors / service.requests),
          p95: formatDuration(service.p95),
        }),
        aside: t('Open the service'),
        service: service.service,
        run: () => openService(service.service),
      }),
    ),
    ...[...new Set(metrics.flatMap((metric) => metric.services))]
      .filter((name) => name !== '' && services.every(({ service }) => service !== name))
      .map(
        (name): PaletteEntry => ({
          id: `service ${name}`,
          group: 'Services',
          text: name,
          note: t('sends only metrics'),
          aside: t('Open the service'),
          service: name,
          run: () => openService(name),
        }),
      ),
    ...services.map(
      ({ service }): PaletteEntry => ({
        id: `map ${service}`,
        group: 'On the map',
        text: service,
        aside: t('Open the map'),
        service,
        run: () => go('/map', { node: serviceNode(service) }),
      }),
    ),
    ...routes.map(
      (route): PaletteEntry => ({
        id: `route ${route.service} ${route.name}`,
        group: 'Routes and operations',
        text: route.name,
        note: route.service,
        aside: t('{calls} calls', { calls: formatCount(route.calls) }),
        icon: 'traces',
        mono: true,
        run: () =>
          go('/traces', {
            where: [writeCondition('service', '=', route.service), writeCondition('name', '=', route.name)],
          }),
      }),
    ),
    ...metrics.map(
      (metric): PaletteEntry => ({
        id: `metric ${metric.name}`,
        group: 'Metrics',
        text: metric.name,
        aside: `${metric.kind.replace('_', ' ')}, ${plural(metric.seriesCount, 'series', 'series')}`,
        icon: 'metrics',
        mono: true,
        run: () => go('/metrics', { metric: metric.name }),
      }),
    ),
    ...boards.map(
      ({ id, name }): PaletteEntry => ({
        id: `board ${id}`,
        group: 'Boards',
        text: name,
        aside: t('Open the board'),
        icon: 'boards',
        run: () => go('/boards', { board: id }),
      }),
    ),
    ...attributes.map(
      (found): PaletteEntry => ({
        id: `attribute ${found.key} ${found.value ?? ''}`,
        group: 'Attributes',
        text: found.value === undefined ? found.key : `${found.key} = ${found.value}`,
        // A value is found by the words of its key, too.
        note: query,
        hidesNote: true,
        aside: plural(found.count, 'span'),
        icon: 'filter',
        mono: true,
        run: () =>
          go('/traces', {
            where: [
              found.value === undefined
                ? writeCondition(fieldOf(found), 'exists', '')
                : writeCondition(fieldOf(found), '=', found.value),
            ],
          }),
      }),
    ),
    ...searches.map(
      ({ id, name }): PaletteEntry => ({
        id: `search ${id}`,
        group: 'Saved',
        text: name,
        aside: t('Search'),
        icon: id.startsWith('logs-') ? 'logs' : 'traces',
        run: () =>
          void readSaved('search', id).then((saved) => go(id.startsWith('logs-') ? '/logs' : '/traces', saved)),
      }),
    ),
    ...queries.map(
      ({ id, name }): PaletteEntry => ({
        id: `query ${id}`,
        group: 'Saved',
        text: name,
        aside: t('Query'),
        icon: 'query',
        run: () => void readSaved('query', id).then((saved) => go('/query', saved)),
      }),
    ),
    ...recentTraces().map(
      ({ traceId: id, name }): PaletteEntry => ({
        id: `trace ${id}`,
        group: 'Opened traces',
        text: id,
        note: name,
        aside: t('Open this trace'),
        icon: 'traces',
        mono: true,
        run: () => go('/traces', { trace: id }),
      }),
    ),
    ...commands,
  ];
}

/** Reads what a saved search or query shows. */
async function readSaved(kind: 'search' | 'query', id: string): Promise<PageSearch> {
  const path = `/documents/${kind}/${encodeURIComponent(id)}`;
  const { content } = await getJson<DocumentResponse>(path, {}, new AbortController().signal);
  if (kind === 'search') {
    const { searchOf } = await import('../../parts/saved/search-of.ts');
    return searchOf(content);
  }
  const { queryOf } = await import('../../query/query-of.ts');
  const { language, text } = queryOf(content) ?? {};
  return { query: text, lang: language === 'sql' ? undefined : language, saved: id };
}
