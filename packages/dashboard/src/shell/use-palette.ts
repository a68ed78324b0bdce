import type { MetricsResponse, RoutesResponse, ServicesResponse } from '@otelier/query';
import { useNavigate } from '@tanstack/react-router';
import { writeCondition } from '../data/conditions.ts';
import { useDocuments } from '../data/documents/documents.ts';
import { type PageSearch, serviceNode, timeOf } from '../data/search.ts';
import { useApiQuery } from '../data/use-api-query.ts';
import { useChangeSearch, usePageSearch } from '../data/use-search.ts';
import { formatCount, formatPercent, plural } from '../format/number.ts';
import { formatDuration } from '../format/quantity.ts';
import { t } from '../locale/t.ts';
import { copyText } from '../parts/copy-button.tsx';
import { usePageWindow } from '../time/page-window.tsx';
import { RANGES } from '../time/range.ts';
import { type PaletteEntry, traceIdIn } from './palette-entries.ts';
import { switchTheme } from './preferences.ts';
import { useLive } from './use-live.ts';
import { VIEWS, type ViewEntry } from './views.ts';

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
  const commands = useCommands();
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
    ...VIEWS.map(
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
    ...commands,
  ];
}

function useCommands(): readonly PaletteEntry[] {
  const change = useChangeSearch();
  const { live, toggle } = useLive();
  const command = (text: string, run: () => void, more: Partial<PaletteEntry> = {}): PaletteEntry => ({
    id: `command ${text}`,
    group: 'Commands',
    text,
    run,
    ...more,
  });
  return [
    command(live ? t('Pause') : t('Resume'), toggle, { icon: live ? 'pause' : 'play', keys: ['Space'] }),
    ...RANGES.map((range) =>
      command(
        t('Show the {range}', { range: lowerFirst(t(range.label)) }),
        () => change({ last: range.last, at: undefined, from: undefined, to: undefined }),
        { icon: 'clock' },
      ),
    ),
    command(t('Copy a link to this view'), () => void copyText(location.href), { icon: 'copy', keys: ['Y'] }),
    command(t('Switch between dark and light'), switchTheme, { icon: 'theme', keys: ['D'] }),
  ];
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
