import { type CSSProperties, type PointerEvent, type ReactNode, useRef } from 'react';
import { plural } from '../../format/number.ts';
import { t } from '../../locale/t.ts';
import { Icon } from '../../parts/icon.tsx';
import { COLUMNS, type Panel, type Place, ROW_PIXELS } from './model/board.ts';
import { within } from './model/layout.ts';
import { PanelBody } from './panels/panel-body.tsx';
import { PanelFrame } from './panels/panel-frame.tsx';
import { useInSight } from './panels/use-in-sight.ts';

const MIN_DRAG = 4;

type Handle = 'move' | 'right' | 'bottom' | 'corner';

/** A panel in its place, with handles while editing. Its content is shown while it is in sight. */
export function GridPanel({
  panel,
  editing,
  isDragged,
  onSelect,
  onEdit,
  onRemove,
  onFull,
  onCollapse,
  onDrag,
  onDrop,
}: {
  readonly panel: Panel;
  readonly editing: boolean;
  readonly isDragged: boolean;
  readonly onSelect: () => void;
  readonly onEdit: () => void;
  readonly onRemove: () => void;
  readonly onFull: () => void;
  readonly onCollapse: () => void;
  readonly onDrag: (place: Place) => void;
  /** Called at the end of a drag; `undefined` if it was canceled. */
  readonly onDrop: (place: Place | undefined) => void;
}): ReactNode {
  const { x, y, w, h } = panel.place;
  const [inSight, watch] = useInSight<HTMLElement>();
  const grip = useDrag(panel.place, onDrag, onDrop);
  const style = { '--column': `${x + 1} / span ${w}`, '--row': `${y + 1} / span ${h}`, '--rows': h } as CSSProperties;
  const buttons = editing && (
    <>
      <button
        type="button"
        className="btn small bare icononly"
        aria-label={t('Edit {title}', { title: panel.title })}
        title={t('Edit')}
        onClick={onEdit}
      >
        <Icon name="query" />
      </button>
      <button
        type="button"
        className="btn small bare icononly"
        aria-label={t('Remove {title}', { title: panel.title })}
        title={t('Remove')}
        onClick={onRemove}
      >
        <Icon name="close" />
      </button>
    </>
  );
  return (
    <section
      ref={watch}
      className={`pane bo-panel ${panel.kind === 'row' ? 'heading' : ''} ${isDragged ? 'dragged' : ''}`}
      style={style}
      aria-label={panel.title === '' ? t('Untitled') : panel.title}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a panel is selected to be moved, resized or opened by keys
      tabIndex={0}
      data-panel={panel.id}
      onFocus={onSelect}
    >
      {panel.kind === 'row' ? (
        <div className={`head ${editing ? 'bo-grip' : ''}`} {...(editing ? { onPointerDown: grip('move') } : {})}>
          <button type="button" className="bo-collapse" aria-expanded={!panel.collapsed} onClick={onCollapse}>
            <Icon name={panel.collapsed ? 'right' : 'down'} size={12} />
            <h2 className="cut">{panel.title}</h2>
          </button>
          <span className="push row">{buttons}</span>
        </div>
      ) : (
        <PanelFrame
          panel={panel}
          onGrip={editing ? grip('move') : undefined}
          actions={
            <>
              {panel.kind !== 'text' && (
                <button
                  type="button"
                  className="btn small bare icononly"
                  aria-label={t('Fill the view with {title}', { title: panel.title })}
                  title={t('Fill the view (F)')}
                  onClick={onFull}
                >
                  <Icon name="expand" />
                </button>
              )}
              {buttons}
            </>
          }
        >
          {inSight ? <PanelBody panel={panel} /> : <div />}
        </PanelFrame>
      )}
      {editing && panel.kind !== 'row' && (
        <>
          <i className="bo-handle right" onPointerDown={grip('right')} />
          <i className="bo-handle bottom" onPointerDown={grip('bottom')} />
          <i className="bo-handle corner" onPointerDown={grip('corner')} />
        </>
      )}
      {isDragged && (
        <span className="bo-measure" role="status">
          {t('{width} of {columns}, {height}', {
            width: w,
            columns: plural(COLUMNS, 'column'),
            height: plural(h, 'row'),
          })}
        </span>
      )}
    </section>
  );
}

/** Returns handlers that drag a panel or one of its edges over the cells of the grid. */
function useDrag(
  place: Place,
  onDrag: (place: Place) => void,
  onDrop: (place: Place | undefined) => void,
): (handle: Handle) => (event: PointerEvent<HTMLElement>) => void {
  const latest = useRef({ onDrag, onDrop });
  latest.current = { onDrag, onDrop };
  return (handle) => (down) => {
    if (down.button !== 0 || (down.target as Element).closest('button, a') !== null) return;
    const grid = down.currentTarget.closest<HTMLElement>('.bo-grid');
    if (grid === null) return;
    down.preventDefault();
    down.currentTarget.closest<HTMLElement>('.bo-panel')?.focus();
    const column = grid.clientWidth / COLUMNS;
    const start = { x: down.clientX, y: down.clientY + grid.getBoundingClientRect().top * -1 };
    let to: Place | undefined;
    const move = (event: globalThis.PointerEvent): void => {
      const dx = event.clientX - start.x;
      const dy = event.clientY - grid.getBoundingClientRect().top - start.y;
      if (to === undefined && Math.abs(dx) < MIN_DRAG && Math.abs(dy) < MIN_DRAG) return;
      const next = dragTo(place, handle, dx / column, dy / ROW_PIXELS);
      if (to !== undefined && next.x === to.x && next.y === to.y && next.w === to.w && next.h === to.h) return;
      to = next;
      latest.current.onDrag(next);
    };
    const stop = (drop: boolean) => {
      removeEventListener('pointermove', move);
      removeEventListener('pointerup', up);
      removeEventListener('pointercancel', cancel);
      removeEventListener('keydown', abort, true);
      latest.current.onDrop(drop ? to : undefined);
    };
    const up = (): void => stop(true);
    const cancel = (): void => stop(false);
    const abort = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      stop(false);
    };
    addEventListener('pointermove', move);
    addEventListener('pointerup', up);
    addEventListener('pointercancel', cancel);
    addEventListener('keydown', abort, true);
  };
}

function dragTo(place: Place, handle: Handle, columns: number, rows: number): Place {
  if (handle === 'move') return within({ ...place, x: place.x + columns, y: place.y + rows });
  const w = handle === 'bottom' ? place.w : Math.min(COLUMNS - place.x, place.w + columns);
  return within({ ...place, w, h: handle === 'right' ? place.h : place.h + rows });
}
