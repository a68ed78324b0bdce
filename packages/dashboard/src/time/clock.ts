import { useEffect, useState } from 'react';

/** Returns the current time, updated every `intervalMillis` while `running` is set and the page is visible. */
export function useClock(intervalMillis: number, running: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return;
    const tick = (): void => {
      if (document.visibilityState === 'visible') setNow(Date.now());
    };
    // A new time changes all queries of the view, so that those of a first view would be sent twice.
    const catchUp = (): void => {
      if (document.visibilityState !== 'visible') return;
      setNow((shown) => (Date.now() - shown < intervalMillis ? shown : Date.now()));
    };
    catchUp();
    const timer = setInterval(tick, intervalMillis);
    document.addEventListener('visibilitychange', catchUp);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', catchUp);
    };
  }, [intervalMillis, running]);
  return now;
}
