import type { ReactNode } from 'react';

/** Stands until it is written in this file. */
export function FirstRun(): ReactNode {
  return <div />;
}
