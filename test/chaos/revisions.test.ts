import { suite } from './revisions.suite.ts';
import { testSample } from './suite.ts';

testSample(suite);
