import { useEffect, useRef, useState } from 'react';

/** Distance from the window at which a panel already counts as in sight. */
const MARGIN = '200px';

/** Observes whether an element is in sight, so that panels outside the window send no queries. */
export function useInSight<Kind extends HTMLElement>(): readonly [boolean, { current: Kind | null }] {
  const element = useRef<Kind>(null);
  const [inSight, setInSight] = useState(false);
  useEffect(() => {
    if (element.current === null) return;
    const observer = new IntersectionObserver((entries) => setInSight(entries.at(-1)?.isIntersecting === true), {
      rootMargin: MARGIN,
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return [inSight, element];
}
