import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Nothing } from '../parts/nothing.tsx';

/** The page of an unknown address. */
export function NotFound(): ReactNode {
  return (
    <Nothing title="There is no such view" actions={<Link to="/">Open the overview</Link>}>
      <p>The address may have been mistyped.</p>
    </Nothing>
  );
}
