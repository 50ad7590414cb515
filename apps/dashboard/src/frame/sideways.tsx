import type { ReactNode } from 'react';

/** A wide table on a narrow screen: it scrolls by itself, by the keyboard too, and the page does not. */
export function Sideways({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
    <div tabIndex={0} role="region" aria-label={label} className="overflow-x-auto">
      {children}
    </div>
  );
}
