import { samplerContract } from '../testing.ts';
import { makeStructured } from './tetra.ts';

samplerContract('tetra, given metrics', makeStructured);
