import { suite } from './hostile-requests.suite.ts';
import { testSample } from './suite.ts';

testSample(suite);
