import type { ReactNode } from 'react';
import { t } from '../../../locale/t.ts';
import { Icon } from '../../../parts/icon.tsx';
import { ServiceMark } from '../../../parts/service-mark.tsx';
import type { MapNode } from '../graph.ts';

/** The head of the panel with its button to close it. */
export function PanelHead({
  children,
  onClose,
}: {
  readonly children: ReactNode;
  readonly onClose: () => void;
}): ReactNode {
  return (
    <div className="mp-title">
      {children}
      <button type="button" className="btn small icononly bare push" aria-label={t('Close')} onClick={onClose}>
        <Icon name="close" />
      </button>
    </div>
  );
}

/** The name of a node, which focuses it. */
export function NodeName({
  node,
  onSelect,
}: {
  readonly node: MapNode | undefined;
  readonly onSelect: (id: string) => void;
}): ReactNode {
  if (node === undefined) return null;
  return (
    <button
      type="button"
      className="row mp-name"
      title={t('Focus {name}', { name: node.name })}
      onClick={() => onSelect(node.id)}
    >
      <ServiceMark service={node.name} hollow={node.isPeer} />
      <bdi className="med cut">{node.name}</bdi>
    </button>
  );
}
