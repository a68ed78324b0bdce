import { useEffect, useState } from 'react';

/** Returns the current time, updated every `intervalMillis` while `running` is set and the page is visible. */
export function useClock(intervalMillis: number, running: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return;
    const tick = (): void => {
      if (document.visibilityState === 'visible') setNow(Date.now());
    };
    tick();
    const timer = setInterval(tick, intervalMillis);
    document.addEventListener('visibilitychange', tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tick);
    };
  }, [intervalMillis, running]);
  return now;
}
