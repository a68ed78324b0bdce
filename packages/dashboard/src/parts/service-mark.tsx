import type { CSSProperties, ReactNode } from 'react';
import { serviceColour } from '../data/service-colours.ts';

/** The bar of colour that stands before a service's name; hollow for a peer that sends no telemetry itself. */
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
