import { makeCmaEs } from './cma-es.ts';
import { samplerContract } from './testing.ts';
import { learnsContract } from './testing-learning.ts';

samplerContract('cma-es', makeCmaEs);
learnsContract('cma-es', makeCmaEs);
