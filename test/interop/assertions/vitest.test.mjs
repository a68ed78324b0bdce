import * as vitest from 'vitest';
import { testWithMatchers } from './matchers.mjs';

testWithMatchers(vitest);
