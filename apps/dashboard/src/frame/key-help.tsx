'use client';
import { useRef } from 'react';
import { useKeys } from '../client/use-keys.ts';
import { CloseButton } from './close-button.tsx';

const KEYS: readonly { readonly where: string; readonly keys: readonly (readonly [keys: string, does: string])[] }[] = [
  {
    where: 'Everywhere',
    keys: [
      ['G F', 'to the fleet'],
      ['G M', 'to the models'],
      ['G D', 'to the datasets'],
      ['G S', 'to the sweeps'],
      ['/', 'filter'],
      ['J K', 'next and previous, in a list or of candidates'],
      ['Esc', 'close, or back'],
      ['?', 'these keys'],
    ],
  },
  {
    where: 'In a sweep',
    keys: [
      ['Enter', 'open the selected candidate'],
      ['X', 'compare'],
      ['.', 'dominated candidates on and off'],
      ['P', 'pause and resume'],
    ],
  },
];

/** All keys, on `?`. The browser keeps the focus inside and gives it back. */
export function KeyHelp() {
  const dialog = useRef<HTMLDialogElement>(null);
  useKeys({ '?': () => dialog.current?.showModal() });
  return (
    <dialog
      ref={dialog}
      aria-labelledby="keys"
      className="m-auto w-[420px] max-w-[calc(100vw-32px)] rounded-tile bg-raised p-6 text-ink shadow-floating backdrop:bg-[rgb(0_0_0/30%)]"
    >
      <div className="flex items-center justify-between">
        <h2 id="keys" className="text-section">
          Keys
        </h2>
        <CloseButton onClose={() => dialog.current?.close()} />
      </div>
      {KEYS.map(({ where, keys }) => (
        <section key={where} className="mt-3">
          <h3 className="text-label text-ink-3">{where}</h3>
          <dl className="mt-1 grid grid-cols-[88px_minmax(0,1fr)] gap-y-1">
            {keys.map(([key, does]) => (
              <div key={key} className="contents">
                <dt className="flex gap-1">
                  {key.split(' ').map((each) => (
                    <kbd key={each} className="rounded-pill border border-line-2 px-1.5 font-mono text-label">
                      {each}
                    </kbd>
                  ))}
                </dt>
                <dd className="text-ink-2">{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </dialog>
  );
}
