import { useLayoutEffect, useRef, useState } from 'react';

/** Observes an element's width and height. */
export function useSize<Kind extends HTMLElement>(): readonly [
  (element: Kind | null) => void,
  { readonly width: number; readonly height: number },
] {
  const [size, setSize] = useState({ width: 0, height: 0 });
  const observer = useRef<ResizeObserver | undefined>(undefined);
  const attach = useRef((element: Kind | null) => {
    observer.current?.disconnect();
    if (element === null) return;
    const measure = (): void =>
      setSize((before) =>
        before.width === element.clientWidth && before.height === element.clientHeight
          ? before
          : { width: element.clientWidth, height: element.clientHeight },
      );
    observer.current = new ResizeObserver(measure);
    observer.current.observe(element);
    measure();
  });
  useLayoutEffect(() => () => observer.current?.disconnect(), []);
  return [attach.current, size];
}
