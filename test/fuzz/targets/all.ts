import type { FuzzTarget } from '../target.ts';
import { grpc } from './grpc.ts';
import { http } from './http.ts';
import { wire } from './wire.ts';

/** Everything that takes input from strangers. */
export const TARGETS: readonly FuzzTarget[] = [wire, http, grpc];
