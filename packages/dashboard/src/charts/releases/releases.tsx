import { createContext, type ReactNode, useContext } from 'react';
import { type Plot, xOf } from '../plot.ts';

/** A version of a service, at the time at which it was first seen. */
export interface ReleaseMark {
  readonly service: string;
  readonly version: string;
  readonly timeMillis: number;
}

const NONE: readonly ReleaseMark[] = [];

/** The releases that the charts of a view mark. */
export const ReleasesContext = createContext<readonly ReleaseMark[]>(NONE);

/** Width of a character of a label, in pixels. */
const CHARACTER = 6;
const MAX_LABEL = 40;

/** A line with a foot at each release. The latest one has a label if `labeled`. */
export function Releases({ plot, labeled }: { readonly plot: Plot; readonly labeled: boolean }): ReactNode {
  const releases = useContext(ReleasesContext).filter(
    ({ timeMillis }) => timeMillis >= plot.startMillis && timeMillis <= plot.endMillis,
  );
  const last = releases.at(-1);
  return (
    <g className="releases" pointerEvents="none">
      {releases.map(({ service, version, timeMillis }) => {
        const x = Math.round(xOf(plot, timeMillis)) + 0.5;
        return (
          <g key={`${service} ${version}`}>
            <line x1={x} x2={x} y1={plot.y0} y2={plot.y1} />
            <path d={`M${x - 4} ${plot.y1}h8l-4 -6z`} />
          </g>
        );
      })}
      {labeled && last !== undefined && <Label plot={plot} release={last} others={releases.length - 1} />}
    </g>
  );
}

function Label({
  plot,
  release: { service, version, timeMillis },
  others,
}: {
  readonly plot: Plot;
  readonly release: ReleaseMark;
  readonly others: number;
}): ReactNode {
  const name = `${service} ${version}`;
  const text = `${name.length > MAX_LABEL ? `${name.slice(0, MAX_LABEL)}…` : name}${others > 0 ? ` +${others}` : ''}`;
  const x = xOf(plot, timeMillis);
  const isLeft = x - text.length * CHARACTER > plot.x0;
  return (
    <text x={isLeft ? x - 6 : x + 6} y={plot.y0 + 9} textAnchor={isLeft ? 'end' : 'start'} className="halo">
      {text}
    </text>
  );
}
