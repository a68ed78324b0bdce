import { openEmbedded } from './embedded.testing.ts';
import { maskingTests, SECRETS } from './masking.testing.ts';

// A part of the queries. `npm run interop -- --only masking` makes all of them.
maskingTests(openEmbedded, { guesses: SECRETS.slice(0, 1), every: 5 });
