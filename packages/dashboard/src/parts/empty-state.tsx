import type { ReactNode } from 'react';

/** An empty result with its reason and suggested actions. */
export function EmptyState({
  title,
  children,
  actions,
  tight = false,
}: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
  readonly tight?: boolean;
}): ReactNode {
  return (
    <div className={`state ${tight ? 'tight' : ''}`} role="status">
      <h2>{title}</h2>
      {children}
      {actions !== undefined && <div className="acts">{actions}</div>}
    </div>
  );
}
