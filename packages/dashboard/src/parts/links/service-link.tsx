import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { writeCondition } from '../../data/conditions.ts';
import { timeOf } from '../../data/search.ts';
import { usePageSearch } from '../../data/use-search.ts';

/** A link to a service. */
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
    <Link to="/traces" search={{ ...time, where: [writeCondition('service', '=', service)] }} className={className}>
      {children}
    </Link>
  );
}
