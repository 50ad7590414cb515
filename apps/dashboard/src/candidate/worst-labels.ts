interface LabelCount {
  readonly label: number;
  readonly images: number;
  readonly original: number;
  readonly candidate: number;
}

/** Labels by what they lost, the most first; then by their number. */
export function worstLabels<Label extends LabelCount>(labels: readonly Label[]): readonly Label[] {
  return [...labels].sort((a, b) => b.original - b.candidate - (a.original - a.candidate) || a.label - b.label);
}
