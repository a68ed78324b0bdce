import type { ReactNode } from 'react';
import { Icon } from './icon.tsx';
import './section.css';

/** A collapsible section of a detail panel. */
export function Section({
  title,
  count,
  note,
  aside,
  open = true,
  children,
}: {
  readonly title: string;
  readonly count?: number;
  readonly note?: string;
  readonly aside?: ReactNode;
  readonly open?: boolean;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <details className="section" open={open}>
      <summary>
        <Icon name="right" size={12} />
        {title}
        {count !== undefined && <span className="n">{count}</span>}
        {note !== undefined && note !== '' && <span className="push mono t3 cut s11">{note}</span>}
      </summary>
      {aside !== undefined && <div className="section-aside">{aside}</div>}
      <div className="section-body">{children}</div>
    </details>
  );
}
