import type { ReactNode } from 'react';
import type { Panel } from '../model/board.ts';
import './panels.css';
import { PatternList } from './pattern-list.tsx';
import { QueryBody } from './query-body.tsx';
import { RedStrip } from './red-strip.tsx';
import { LogsBody, RequestsBody } from './store-bodies.tsx';
import { TextBody } from './text-body.tsx';

/** The content of a panel. */
export function PanelBody({ panel }: { readonly panel: Panel }): ReactNode {
  switch (panel.kind) {
    case 'query':
      return <QueryBody panel={panel} title={panel.title} />;
    case 'requests':
    case 'durations':
      return <RequestsBody panel={panel} />;
    case 'red':
      return <RedStrip where={panel.where} />;
    case 'logs':
      return <LogsBody panel={panel} />;
    case 'patterns':
      return <PatternList panel={panel} />;
    case 'text':
      return <TextBody text={panel.text} />;
    case 'row':
      return null;
  }
}
