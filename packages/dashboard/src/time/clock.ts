import { useEffect, useState } from 'react';

/** The time now, renewed every `intervalMillis` while `running` and the page is in sight. */
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
