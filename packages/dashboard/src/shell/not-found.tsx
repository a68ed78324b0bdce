import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { EmptyState } from '../parts/empty-state.tsx';

/** The page shown for an unknown URL. */
export function NotFound(): ReactNode {
  return (
    <EmptyState title="Page not found" actions={<Link to="/">Open the overview</Link>}>
      <p>The address may have been mistyped.</p>
    </EmptyState>
  );
}
