import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { timeOf } from '../../data/search.ts';
import { usePageSearch } from '../../data/use-search.ts';

/** A link to the page of a service. */
export function ServiceLink({
  service,
  className,
  children,
}: {
  readonly service: string;
  readonly className?: string;
  readonly children: ReactNode;
}): ReactNode {
  const time = timeOf(usePageSearch());
  return (
    <Link to="/services/$name" params={{ name: service }} search={time} className={className}>
      {children}
    </Link>
  );
}
