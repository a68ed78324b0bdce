import * as jest from '@jest/globals';
import { testWithMatchers } from './matchers.mjs';

testWithMatchers(jest);
