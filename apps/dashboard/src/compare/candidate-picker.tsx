import type { SweepOverview } from '../client/views.ts';

interface PickerProps {
  readonly sweep: SweepOverview;
  /** Empty: adds one. */
  readonly value: string;
  readonly taken: readonly string[];
  readonly onChange: (candidate: string) => void;
}

/** Chooses a candidate: those of the fronts, which is whom one compares; any other comes by its address. */
export function CandidatePicker({ sweep, value, taken, onChange }: PickerProps) {
  const known = sweep.shown.filter((one) => one.id === value || !taken.includes(one.id));
  return (
    <select
      aria-label={value === '' ? 'Add a candidate' : `Candidate ${value}`}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className={`h-8 max-w-44 rounded-control border border-line-2 bg-surface px-2 pointer-coarse:h-11 ${value === '' ? 'text-ink-2' : 'font-mono font-semibold'}`}
    >
      {value === '' && <option value="">Add a candidate</option>}
      {value !== '' && !known.some((one) => one.id === value) && <option value={value}>{value}</option>}
      {known.map((one) => (
        <option key={one.id} value={one.id}>
          {one.id} {one.isOriginal ? 'original' : ''}
        </option>
      ))}
    </select>
  );
}
