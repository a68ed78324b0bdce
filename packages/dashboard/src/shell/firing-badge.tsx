import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { t } from '../locale/t.ts';

const REFRESH_MILLIS = 30_000;
/** The first view loads its own data first. */
const DELAY_MILLIS = 5_000;

interface AlertsResponse {
  readonly data: { readonly alerts: readonly { readonly state: string }[] };
}

/** The number of alerts that fire. */
export function FiringBadge(): ReactNode {
  const [enabled, setEnabled] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setEnabled(true), DELAY_MILLIS);
    return () => clearTimeout(timer);
  }, []);
  const { data = 0 } = useQuery({
    queryKey: ['firing alerts'],
    queryFn: async ({ signal }) => {
      const response = await fetch('/prometheus/api/v1/alerts', { signal });
      if (!response.ok) return 0;
      const { alerts } = ((await response.json()) as AlertsResponse).data;
      return alerts.filter(({ state }) => state === 'firing').length;
    },
    enabled,
    refetchInterval: REFRESH_MILLIS,
    retry: false,
  });
  if (data === 0) return null;
  return (
    <span className="firing" role="status">
      {data > 99 ? '99+' : data}
      <span className="unseen"> {t('firing')}</span>
    </span>
  );
}
