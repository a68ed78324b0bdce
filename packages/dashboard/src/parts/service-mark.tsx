import type { CSSProperties, ReactNode } from 'react';
import { serviceColor } from '../data/service-colors.ts';

/** The color bar before a service name. It is hollow for a peer that sends no telemetry. */
export function ServiceMark({
  service,
  hollow = false,
}: {
  readonly service: string;
  readonly hollow?: boolean;
}): ReactNode {
  if (hollow) return <i className="svc hollow" />;
  return <i className="svc" style={{ '--c': serviceColor(service) } as CSSProperties} />;
}
