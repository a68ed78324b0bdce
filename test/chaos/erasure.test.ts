import { suite } from './erasure.suite.ts';
import { testSample } from './suite.ts';

testSample(suite);
