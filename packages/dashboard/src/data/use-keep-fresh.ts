import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useConnection } from './pipeline/pipeline-stream.ts';

/** Refetches all data when the gateway becomes reachable again. */
export function useKeepFresh(): void {
  const client = useQueryClient();
  const lost = useConnection().lostMillis !== undefined;
  const was = useRef(lost);
  useEffect(() => {
    if (was.current && !lost) void client.invalidateQueries();
    was.current = lost;
  }, [client, lost]);
}
