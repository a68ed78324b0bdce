import type { ReactNode } from 'react';

/** Stands until the view is built. */
export function Traces(): ReactNode {
  return <div />;
}
