import type { ReactNode } from 'react';

/** What is wider than its place: it scrolls by itself, by the keyboard too, and the page does not. */
export function Sideways({
  label,
  look = '',
  children,
}: {
  readonly label: string;
  /** Further classes: a frame, a background, a greatest height. */
  readonly look?: string;
  readonly children: ReactNode;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
    <div tabIndex={0} role="region" aria-label={label} className={`overflow-x-auto ${look}`}>
      {children}
    </div>
  );
}
