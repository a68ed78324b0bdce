/**
 * Instruments the libraries that a test loads: `node --import @otelier/testkit/assert/register --test`, or as a setup
 * file of Vitest. See `OTEL_NODE_DISABLED_INSTRUMENTATIONS` to leave some out.
 */
import { instrumentAll } from '@otelier/sdk/instrument-all';

instrumentAll(process.env);
