import type { LoggerProvider } from '@opentelemetry/api';
import { SDK_VERSION } from '../version.ts';

/** Options for web vitals. */
export interface WebVitalOptions {
  readonly loggerProvider: LoggerProvider;
}

/**
 * Records the web vitals LCP, CLS, INP, FCP and TTFB as events `browser.web_vital` (semantic conventions, "Browser
 * events"). LCP, CLS and INP are final when the page is hidden; if it is shown again and they change, another event has
 * the difference. Call the result to undo it.
 */
export function instrumentWebVitals({ loggerProvider }: WebVitalOptions): () => void {
  const logger = loggerProvider.getLogger('@otelier/sdk/browser/web-vitals', SDK_VERSION);
  const values = new Map<Name, number>();
  const reported = new Map<Name, number>();
  const ids = new Map<Name, string>();
  const interactions = new Map<number, number>();
  let burst = 0;
  let firstShift = Number.NEGATIVE_INFINITY;
  let lastShift = Number.NEGATIVE_INFINITY;
  const observers = [
    observe('paint', ({ name, startTime }) => {
      if (name === 'first-contentful-paint') report('fcp', startTime - activation());
    }),
    observe('largest-contentful-paint', ({ startTime }) => values.set('lcp', Math.max(0, startTime - activation()))),
    observe('layout-shift', (entry) => shifts(entry as LayoutShift)),
    observe('event', (entry) => interaction(entry as PerformanceEventTiming), { durationThreshold: 40 }),
    observe('navigation', (entry) => {
      report('ttfb', Math.max(0, (entry as PerformanceNavigationTiming).responseStart - activation()));
    }),
  ];
  const onHide = () => {
    if (document.visibilityState !== 'hidden') return;
    for (const [name, value] of values) report(name, value);
  };
  // Before the client, which sends when the page is hidden.
  document.addEventListener('visibilitychange', onHide, { capture: true });
  return () => {
    document.removeEventListener('visibilitychange', onHide, { capture: true });
    for (const observer of observers) observer?.disconnect();
  };

  function report(name: Name, value: number): void {
    const before = reported.get(name);
    if (value === before) return;
    reported.set(name, value);
    const id = ids.get(name) ?? crypto.randomUUID();
    ids.set(name, id);
    const [good, poor] = THRESHOLDS[name];
    logger.emit({
      eventName: 'browser.web_vital',
      attributes: {
        'browser.web_vital.name': name,
        'browser.web_vital.value': value,
        'browser.web_vital.delta': value - (before ?? 0),
        'browser.web_vital.id': id,
        'browser.web_vital.rating': value <= good ? 'good' : value <= poor ? 'needs_improvement' : 'poor',
        'browser.web_vital.navigation_type': navigation()?.type,
      },
    });
  }

  /** The largest burst of shifts: less than 1 s between two of them, and at most 5 s in all. */
  function shifts({ hadRecentInput, value, startTime }: LayoutShift): void {
    if (hadRecentInput) return;
    const continues = startTime - lastShift < 1_000 && startTime - firstShift < 5_000;
    burst = continues ? burst + value : value;
    if (!continues) firstShift = startTime;
    lastShift = startTime;
    values.set('cls', Math.max(values.get('cls') ?? 0, burst));
  }

  /** The slowest interaction, ignoring one in 50, since pages with many would otherwise have the value of an outlier. */
  function interaction({ interactionId, duration }: PerformanceEventTiming): void {
    if (!interactionId) return;
    interactions.set(interactionId, Math.max(duration, interactions.get(interactionId) ?? 0));
    const slowest = [...interactions].toSorted(([, a], [, b]) => b - a);
    for (const [id] of slowest.slice(MAX_INTERACTIONS)) interactions.delete(id);
    const count = (performance as { readonly interactionCount?: number }).interactionCount ?? slowest.length;
    const index = Math.min(slowest.length - 1, Math.floor(count / 50));
    values.set('inp', slowest[index]?.[1] ?? duration);
  }
}

type Name = 'lcp' | 'cls' | 'inp' | 'fcp' | 'ttfb';

interface LayoutShift extends PerformanceEntry {
  readonly value: number;
  readonly hadRecentInput: boolean;
}

/** Good up to the first value, poor above the second one (https://web.dev/articles/vitals). */
const THRESHOLDS: Readonly<Record<Name, readonly [good: number, poor: number]>> = {
  lcp: [2_500, 4_000],
  cls: [0.1, 0.25],
  inp: [200, 500],
  fcp: [1_800, 3_000],
  ttfb: [800, 1_800],
};
const MAX_INTERACTIONS = 10;

function observe(
  type: string,
  each: (entry: PerformanceEntry) => void,
  options: { readonly durationThreshold?: number } = {},
): PerformanceObserver | undefined {
  if (!PerformanceObserver.supportedEntryTypes.includes(type)) return undefined;
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) each(entry);
  });
  observer.observe({ type, buffered: true, ...options } as PerformanceObserverInit);
  return observer;
}

function navigation(): PerformanceNavigationTiming | undefined {
  return performance.getEntriesByType('navigation')[0] as PerformanceNavigationTiming | undefined;
}

/** A page that was loaded in advance is measured from the time at which it is shown. */
function activation(): number {
  return (navigation() as { readonly activationStart?: number } | undefined)?.activationStart ?? 0;
}
