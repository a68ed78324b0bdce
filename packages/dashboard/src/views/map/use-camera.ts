import { type PointerEvent, useCallback, useEffect, useLayoutEffect, useRef } from 'react';
import type { Box } from './layout/placed.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Smallest scale at which the map is shown without being asked, so that names stay readable. */
const MIN_FIT = 0.8;
const MIN_SCALE = 0.2;
const MAX_SCALE = 2;
const SLACK = 60;
/** Height of the key, which covers the foot of the map. */
const KEY_HEIGHT = 30;
/** Distance in pixels from which a press is a drag. */
const DRAG = 4;
/** Time after the last movement until the map is painted sharply again. */
const SETTLE_MILLIS = 150;

/** Moves and scales the map. Everything on it moves by one transform, without rendering. */
interface Camera {
  /** The element that is moved. */
  readonly surface: (element: HTMLDivElement | null) => void;
  /** The element in which it is visible. */
  readonly view: (element: HTMLElement | null) => void;
  readonly handlers: {
    readonly onPointerDown: (event: PointerEvent) => void;
    readonly onPointerMove: (event: PointerEvent) => void;
    readonly onPointerUp: (event: PointerEvent) => void;
  };
  zoom(by: number): void;
  fit(): void;
  /** Moves the map if a box is not visible. */
  reveal(box: Box): void;
}

/** Returns a camera that shows all of the map until the user moves it. `onPress` receives clicks, in the map's pixels. */
export function useCamera(map: Size, size: Size, onPress: (x: number, y: number, scale: number) => void): Camera {
  const surface = useRef<HTMLDivElement | null>(null);
  const view = useRef<HTMLElement | null>(null);
  const at = useRef({ x: 0, y: 0, scale: 1, isMoved: false });
  const drag = useRef<{ x: number; y: number; isFar: boolean } | undefined>(undefined);
  /** The map that was shown as a whole. */
  const fitted = useRef<Size | undefined>(undefined);
  const latest = useRef({ map, size });
  latest.current = { map, size };

  const apply = useCallback((x: number, y: number, scale: number, isMoved: boolean) => {
    const { map: whole, size: shown } = latest.current;
    at.current = {
      x: within(x, shown.width, whole.width * scale),
      y: within(y, shown.height, whole.height * scale),
      ...{ scale, isMoved },
    };
    const moved = at.current;
    if (surface.current !== null)
      surface.current.style.transform = `translate(${Math.round(moved.x)}px, ${Math.round(moved.y)}px) scale(${scale})`;
  }, []);
  const settling = useRef<number | undefined>(undefined);
  /** Moves the map as a picture, which needs no painting but is blurred while it is scaled, until movements end. */
  const moveAsLayer = useCallback(() => {
    const element = surface.current;
    if (element === null) return;
    element.style.willChange = 'transform';
    window.clearTimeout(settling.current);
    settling.current = window.setTimeout(() => {
      element.style.willChange = '';
    }, SETTLE_MILLIS);
  }, []);
  useEffect(() => () => window.clearTimeout(settling.current), []);
  const fit = useCallback(() => {
    const { map: whole, size: shown } = latest.current;
    const scale = Math.max(MIN_FIT, Math.min(1, shown.width / whole.width, shown.height / whole.height));
    // At the left, so that nothing moves when the panel opens at the right.
    apply(0, 0, scale, false);
    fitted.current = whole;
  }, [apply]);
  const zoomAt = useCallback(
    (by: number, x: number, y: number) => {
      const before = at.current;
      const scale = Math.max(MIN_SCALE, Math.min(MAX_SCALE, before.scale * by));
      const ratio = scale / before.scale;
      apply(x - (x - before.x) * ratio, y - (y - before.y) * ratio, scale, true);
    },
    [apply],
  );
  useLayoutEffect(() => {
    if (size.width === 0) return;
    const { x, y, scale, isMoved } = at.current;
    if (!isMoved && fitted.current !== map) fit();
    else apply(x, y, scale, isMoved);
  }, [map, size, apply, fit]);
  useEffect(() => {
    const element = view.current;
    if (element === null) return;
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const { x, y, scale } = at.current;
      moveAsLayer();
      if (event.ctrlKey || event.metaKey)
        zoomAt(Math.exp(-event.deltaY / 300), event.clientX - box.left, event.clientY - box.top);
      else
        apply(x - (event.shiftKey ? event.deltaY : event.deltaX), y - (event.shiftKey ? 0 : event.deltaY), scale, true);
    };
    // Focusing a node would scroll the element although its overflow is hidden.
    const onScroll = (): void => element.scrollTo(0, 0);
    element.addEventListener('wheel', onWheel, { passive: false });
    element.addEventListener('scroll', onScroll);
    return () => {
      element.removeEventListener('wheel', onWheel);
      element.removeEventListener('scroll', onScroll);
    };
  }, [apply, zoomAt, moveAsLayer]);

  return {
    surface: useCallback((element: HTMLDivElement | null) => {
      surface.current = element;
    }, []),
    view: useCallback((element: HTMLElement | null) => {
      view.current = element;
    }, []),
    fit,
    zoom: (by) => zoomAt(by, size.width / 2, size.height / 2),
    reveal(box) {
      if (size.width === 0) return;
      const { x, y, scale } = at.current;
      const left = box.x * scale + x;
      const top = box.y * scale + y;
      const dx = Math.max(0, 12 - left) - Math.max(0, left + box.width * scale + 12 - size.width);
      const dy = Math.max(0, 12 - top) - Math.max(0, top + box.height * scale + 12 + KEY_HEIGHT - size.height);
      if (dx !== 0 || dy !== 0) apply(x + dx, y + dy, scale, true);
    },
    handlers: {
      onPointerDown: (event) => {
        if (event.button !== 0 || (event.target as Element).closest('button, .mp-key') !== null) return;
        drag.current = { x: event.clientX, y: event.clientY, isFar: false };
        event.currentTarget.setPointerCapture(event.pointerId);
      },
      onPointerMove: (event) => {
        const from = drag.current;
        if (from === undefined) return;
        const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
        if (!from.isFar && Math.hypot(dx, dy) < DRAG) return;
        drag.current = { x: event.clientX, y: event.clientY, isFar: true };
        moveAsLayer();
        apply(at.current.x + dx, at.current.y + dy, at.current.scale, true);
      },
      onPointerUp: (event) => {
        const from = drag.current;
        drag.current = undefined;
        if (from === undefined || from.isFar) return;
        const box = event.currentTarget.getBoundingClientRect();
        const { x, y, scale } = at.current;
        onPress((event.clientX - box.left - x) / scale, (event.clientY - box.top - y) / scale, scale);
      },
    },
  };
}

/** Limits an offset so that the map does not leave the window. */
function within(offset: number, shown: number, whole: number): number {
  const [low, high] = [Math.min(0, shown - whole) - SLACK, Math.max(0, shown - whole) + SLACK];
  return Math.max(low, Math.min(high, offset));
}
