import type { ReactNode } from 'react';

/** Line drawings for icons on a 16 px grid. */
const PATHS = {
  overview: 'M2.5 3.5h11M2.5 8h11M2.5 12.5h6',
  traces: 'M2 3.5h6M5 8h7M8.5 12.5H14',
  logs: 'M2.5 4h1M5.5 4h8M2.5 8h1M5.5 8h6M2.5 12h1M5.5 12h8',
  metrics: 'M2 13.5h12M2.5 10.5l3-4 3 2.5 4.5-6',
  map: 'M5 8l6-4M5 8l6 4M3.5 9.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM12.5 5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM12.5 14a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3z',
  errors: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 5v3.6M8 10.9v.1',
  pipeline: 'M2 8h4M10 4h4M10 12h4M6 8c2.5 0 1.5-4 4-4M6 8c2.5 0 1.5 4 4 4',
  cost: 'M2.5 13.5h11M4 11V8.5M8 11V5M12 11V2.5',
  query: 'M3 4.5l3.5 3.5L3 11.5M8 12h5.5',
  boards: 'M2.5 3h11v10h-11zM2.5 6.5h11M8 6.5V13',
  grip: 'M6 4v.1M6 8v.1M6 12v.1M10 4v.1M10 8v.1M10 12v.1',
  expand: 'M9.5 2.5h4v4M6.5 13.5h-4v-4M13.2 2.8L9 7M2.8 13.2L7 9',
  pin: 'M6 2.5h4l-.5 4 2 2.5h-7l2-2.5zM8 9v4.5',
  undo: 'M5.5 3L2.5 6l3 3M3 6h6.5a3.5 3.5 0 0 1 0 7H6',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.5 10.5l3 3',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 5v3l2.2 1.5',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3.2v9.6l7.5-4.8z',
  down: 'M4 6.2L8 10l4-3.8',
  right: 'M6.2 4L10 8l-3.8 4',
  left: 'M9.8 4L6 8l3.8 4',
  up: 'M4 9.8L8 6l4 3.8',
  close: 'M4 4l8 8M12 4l-8 8',
  link: 'M6.5 3.5h-3v9h9v-3M9 2.5h4.5V7M13.2 2.8L7.5 8.5',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  theme: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 2v12M8 4.5h4M8 7h5.5M8 9.5h5.5M8 12h4',
  warn: 'M8 2.5l6 10.5H2zM8 6.5v3M8 11.4v.1',
  check: 'M3 8.5l3.2 3L13 4.5',
  download: 'M8 2.5v7.5M4.8 7L8 10.2 11.2 7M3 13h10',
  compare: 'M5 13V3.5M2.5 6L5 3.5 7.5 6M11 3v9.5M8.5 10l2.5 2.5 2.5-2.5',
  plus: 'M8 3.5v9M3.5 8h9',
  filter: 'M2 3.5h12L9.5 9v4.5l-3-1.5V9z',
  wrap: 'M2.5 4h11M2.5 8h9a2 2 0 0 1 0 4H8M9.8 10.2L8 12l1.8 1.8M2.5 12h2.5',
  tap: 'M4 5.5v5M8 3v10M12 5.5v5',
  health: 'M1.5 8.5h3l2-5 3 9 2-4h3',
  alerts: 'M3.5 11.5h9c-1-1-1.2-2-1.2-4.2a3.3 3.3 0 0 0-6.6 0c0 2.2-.2 3.2-1.2 4.2zM6.7 13.8h2.6',
  senders: 'M3 12.5a7 7 0 0 1 10 0M5.2 9.8a4 4 0 0 1 5.6 0M8 12.6v.1M8 6V2.5M6.3 4.2L8 2.5l1.7 1.7',
  certificates: 'M3 2.5h10v7.5H9.8M6.2 10H3V2.5M5.5 5.2h5M8 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM6.7 11.6v3l1.3-.8 1.3.8v-3',
  admin: 'M8 8a2.75 2.75 0 1 0 0-5.5A2.75 2.75 0 0 0 8 8zM2.5 14c.6-2.6 2.8-4 5.5-4s4.9 1.4 5.5 4',
  key: 'M6 10.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM9 7.5h5v2.2M11.6 7.5v1.6',
  table: 'M2.5 3.5h11v9h-11zM2.5 6.8h11M6.5 6.8v5.7',
} as const;

export type IconName = keyof typeof PATHS;

/** A decorative icon, which is always next to its label. */
export function Icon({ name, size }: { readonly name: IconName; readonly size?: number }): ReactNode {
  return (
    <svg
      className="icon"
      viewBox="0 0 16 16"
      aria-hidden="true"
      style={size === undefined ? undefined : { width: size, height: size }}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
