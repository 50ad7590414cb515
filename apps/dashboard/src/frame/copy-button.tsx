'use client';
import { useEffect, useState } from 'react';
import { Icon } from './icon.tsx';

/** Copies a text and says so in place. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => {
    // Refused where the page is neither https nor loopback: the text stays selectable beside the button.
    navigator.clipboard?.writeText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <button
      type="button"
      onClick={copy}
      aria-label={copied ? 'Copied' : label}
      title={copied ? 'Copied' : label}
      className={`grid size-6 shrink-0 place-items-center rounded-pill hover:bg-sunken pointer-coarse:size-11 ${copied ? 'text-accent' : 'text-ink-2'}`}
    >
      <Icon name={copied ? 'check' : 'copy'} size={14} />
    </button>
  );
}

/** A command to run elsewhere, in the face of commands, with a button that copies it. */
export function Command({ text }: { readonly text: string }) {
  return (
    <div className="flex w-fit max-w-full items-center gap-2 rounded-control bg-sunken py-1.5 pr-1.5 pl-3">
      <code className="overflow-x-auto font-mono text-label whitespace-nowrap">{text}</code>
      <CopyButton text={text} label={`Copy: ${text}`} />
    </div>
  );
}
