import { samplerContract } from './testing.ts';
import { learnsContract } from './testing-learning.ts';
import { makeTpe } from './tpe.ts';

samplerContract('tpe', makeTpe);
learnsContract('tpe', makeTpe);
