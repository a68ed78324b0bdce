import type { CSSProperties, ReactNode } from 'react';
import { serviceColour } from '../data/service-colours.ts';

/** The color bar before a service name; hollow for a peer without telemetry. */
export function ServiceMark({
  service,
  hollow = false,
}: {
  readonly service: string;
  readonly hollow?: boolean;
}): ReactNode {
  if (hollow) return <i className="svc hollow" />;
  return <i className="svc" style={{ '--c': serviceColour(service) } as CSSProperties} />;
}
