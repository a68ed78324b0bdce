import type { Check } from '../check.ts';
import { cardinality } from './cardinality.ts';
import { certificates } from './certificates.ts';
import { components } from './components.ts';
import { configuration } from './configuration.ts';
import { descriptors } from './descriptors.ts';
import { destinations } from './destinations.ts';
import { disk } from './disk.ts';
import { encryption } from './encryption.ts';
import { exports } from './exports.ts';
import { memory } from './memory.ts';
import { queues } from './queues.ts';
import { senders } from './senders.ts';

/** All checks, in the order of reports. */
export const CHECKS: readonly Check[] = [
  configuration,
  components,
  exports,
  destinations,
  certificates,
  queues,
  memory,
  descriptors,
  disk,
  encryption,
  cardinality,
  senders,
];
