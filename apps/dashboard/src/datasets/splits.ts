/** The four splits: their words, what each is for, and the texture that tells them apart without colour. */
export const SPLITS = [
  { name: 'training', words: 'Training', use: 'distil, fine-tune', texture: 'bg-ink-2' },
  { name: 'calibration', words: 'Calibration', use: 'ranges for int8', texture: 'border border-ink-2' },
  { name: 'validation', words: 'Validation', use: 'every candidate', texture: 'bg-accent' },
  { name: 'test', words: 'Test', use: 'once, for the winners', texture: 'hatch-ink' },
] as const;
