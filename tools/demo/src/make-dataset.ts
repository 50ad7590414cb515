import { parseArgs } from 'node:util';
import { STYLES, type StyleName } from './draw/style.ts';
import { writeDataset } from './write-dataset.ts';

// node --import tsx tools/demo/src/make-dataset.ts --out DIR --count N [--seed S] [--style table|night]
const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    count: { type: 'string', default: '1000' },
    seed: { type: 'string', default: 'demo' },
    style: { type: 'string', default: 'table' },
  },
});
const isStyle = (name: string): name is StyleName => name in STYLES;

if (!values.out || !isStyle(values.style)) {
  console.error('usage: make-dataset --out DIR [--count N] [--seed S] [--style table|night]');
  process.exitCode = 2;
} else {
  await writeDataset({ out: values.out, count: Number(values.count), seed: values.seed, style: values.style });
  console.log(`${values.count} images in ${values.out}`);
}
