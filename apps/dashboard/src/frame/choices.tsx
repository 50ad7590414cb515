interface ChoicesProps<Value extends string> {
  /** What is chosen, for those who hear it. */
  readonly label: string;
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  readonly options: readonly (readonly [Value, string])[];
}

/** A few ways of which one holds: buttons in a row. */
export function Choices<Value extends string>({ label, value, onChange, options }: ChoicesProps<Value>) {
  return (
    <div role="group" aria-label={label} className="flex overflow-hidden rounded-control border border-line-2">
      {options.map(([name, words]) => (
        <button
          key={name}
          type="button"
          aria-pressed={value === name}
          onClick={() => onChange(name)}
          className="h-[26px] border-line-2 px-2 text-label font-medium whitespace-nowrap text-ink-2 not-last:border-r hover:text-ink aria-pressed:bg-sunken aria-pressed:text-ink pointer-coarse:h-11"
        >
          {words}
        </button>
      ))}
    </div>
  );
}
