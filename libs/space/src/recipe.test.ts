import { FleetError, seededRng } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { type Argument, formatRecipe, parseRecipe, type Recipe } from './recipe.ts';

describe('the text of a recipe', () => {
  it.each([
    ['original', []],
    ['fold-batch-norm', [{ word: 'fold-batch-norm', args: {} }]],
    ['quantize{bits=8,per=channel}', [{ word: 'quantize', args: { bits: 8, per: 'channel' } }]],
    [
      'prune{layer=conv3,keep=0.5} | distil{teacher=original,mixup=true}',
      [
        { word: 'prune', args: { layer: 'conv3', keep: 0.5 } },
        { word: 'distil', args: { teacher: 'original', mixup: true } },
      ],
    ],
    ['prune{layer="a b/c:0, \\"d\\""}', [{ word: 'prune', args: { layer: 'a b/c:0, "d"' } }]],
    ['prune{layer="8"}', [{ word: 'prune', args: { layer: '8' } }]],
  ] as const)('%s', (text, recipe) => {
    expect(parseRecipe(text)).toEqual(recipe);
    expect(formatRecipe(recipe)).toBe(text);
  });

  it('comes back as it was, whatever the arguments hold', () => {
    const rng = seededRng('recipes');
    const texts = ['channel', 'true', '1e3', '-4', '', ' ', '"', '\\', '|', '{x}', 'a=b,c', 'étage/3', '0x10', '.5', '1.'];
    const argument = (): Argument =>
      [texts[rng.integer(texts.length)] ?? '', rng.normal() * 1e3, rng.integer(100), rng.next() < 0.5][rng.integer(4)] ?? '';
    for (let i = 0; i < 500; i++) {
      const recipe: Recipe = Array.from({ length: 1 + rng.integer(3) }, () => ({ word: 'pass', args: { a: argument(), b: argument() } }));
      expect(parseRecipe(formatRecipe(recipe)), `recipe ${i}`).toEqual(recipe);
    }
  });

  it('does not mind spaces', () => {
    expect(parseRecipe('  a { x = 1 , y = z }|b ')).toEqual(parseRecipe('a{x=1,y=z} | b'));
  });

  it.each([
    ['', 'the end at position 1, expected a pass'],
    ['quantize{bits}', '"}" at position 14, expected "="'],
    ['quantize{bits=8', 'the end at position 16, expected "}"'],
    ['quantize{bits=8,bits=4}', 'given twice'],
    ['quantize fold', '"fold" at position 10, expected "|" or the end'],
    ['Quantize', 'expected a pass'],
    ['a{x="y}', 'expected the closing "'],
  ])('says where "%s" goes wrong', (text, said) => {
    expect(() => parseRecipe(text)).toThrow(FleetError);
    expect(() => parseRecipe(text)).toThrow(said);
  });
});
