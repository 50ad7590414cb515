import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { SIDE } from './draw/canvas.ts';
import { drawDrink } from './draw/draw-drink.ts';
import { STYLES, type StyleName } from './draw/style.ts';
import { CLASSES } from './draw/vessels.ts';

// node --import tsx tools/demo/src/make-sheet.ts --out FILE.png [--rows N] [--seed S] [--style table|night]: a row has one picture of each class.
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'drinks.png' },
    rows: { type: 'string', default: '6' },
    seed: { type: 'string', default: 'sheet' },
    style: { type: 'string', default: 'table' },
  },
});
const ZOOM = 2;
const GAP = 4;
const CELL = SIDE * ZOOM + GAP;
const isStyle = (name: string): name is StyleName => name in STYLES;
const style = isStyle(values.style) ? values.style : 'table';

const tiles = await Promise.all(
  Array.from({ length: CLASSES.length * Number(values.rows) }, async (_, index) => {
    const { pixels } = drawDrink({ seed: values.seed, index, style });
    const input = await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
      .resize(SIDE * ZOOM, SIDE * ZOOM, { kernel: 'nearest' })
      .png()
      .toBuffer();
    return { input, left: GAP + (index % CLASSES.length) * CELL, top: GAP + Math.floor(index / CLASSES.length) * CELL };
  }),
);
const size = { width: GAP + CLASSES.length * CELL, height: GAP + Number(values.rows) * CELL };
await sharp({ create: { ...size, channels: 3, background: '#16181c' } })
  .composite(tiles)
  .png()
  .toFile(values.out);
