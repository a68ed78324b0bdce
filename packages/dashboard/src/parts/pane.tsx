import type { ReactNode } from 'react';

/** A titled section of a view, separated by a line. */
export function Pane({
  title,
  note,
  actions,
  className = '',
  children,
}: {
  readonly title: string;
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <section className={`pane ${className}`} aria-label={title}>
      <div className="head">
        <h2>{title}</h2>
        {note !== undefined && <span className="note">{note}</span>}
        {actions}
      </div>
      {children}
    </section>
  );
}
