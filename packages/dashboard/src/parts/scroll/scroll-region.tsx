import type { CSSProperties, ReactNode, Ref, UIEventHandler } from 'react';

/** A region that scrolls, also with the keyboard. */
export function ScrollRegion({
  label,
  className = 'scroll',
  style,
  isBusy,
  scrollRef,
  onScroll,
  onPointerEnter,
  onPointerLeave,
  children,
}: {
  readonly label: string;
  readonly className?: string;
  readonly style?: CSSProperties;
  /** Whether its content is being loaded. */
  readonly isBusy?: boolean;
  readonly scrollRef?: Ref<HTMLDivElement>;
  readonly onScroll?: UIEventHandler<HTMLDivElement>;
  readonly onPointerEnter?: () => void;
  readonly onPointerLeave?: () => void;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <div
      ref={scrollRef}
      className={className}
      role="group"
      aria-label={label}
      aria-busy={isBusy}
      style={style}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable regions must be keyboard-focusable
      tabIndex={0}
      onScroll={onScroll}
      onPointerEnter={onPointerEnter}
      onPointerLeave={onPointerLeave}
    >
      {children}
    </div>
  );
}
