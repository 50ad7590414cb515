import Link from 'next/link';
import type { ComponentProps, ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';

type Kind = 'primary' | 'plain' | 'quiet' | 'danger';

const KINDS: Readonly<Record<Kind, string>> = {
  primary: 'bg-accent text-on-accent border-accent hover:brightness-95 font-semibold',
  plain: 'bg-surface text-ink border-line-2 hover:bg-sunken font-medium',
  quiet: 'border-transparent text-ink-2 hover:bg-sunken font-medium',
  danger: 'bg-surface text-bad border-line-2 hover:bg-bad-weak font-medium',
};

const SHAPE =
  'inline-flex h-8 items-center justify-center gap-1.5 rounded-control border px-3 text-body whitespace-nowrap disabled:opacity-50 pointer-coarse:h-11 max-sm:h-11';

/** A button: 32 px high, 44 where fingers press it. At most one primary on a screen. */
export function Button({
  kind = 'plain',
  icon,
  children,
  className = '',
  ...rest
}: Omit<ComponentProps<'button'>, 'type'> & { readonly kind?: Kind; readonly icon?: IconName }) {
  return (
    <button type="button" {...rest} className={`${SHAPE} ${KINDS[kind]} ${className}`}>
      {icon && <Icon name={icon} size={14} />}
      {children}
    </button>
  );
}

/** The primary action of a screen where it leads to another page. */
export function LinkButton({ href, icon, children }: { readonly href: string; readonly icon?: IconName; readonly children: ReactNode }) {
  return (
    <Link href={href} prefetch={false} className={`${SHAPE} ${KINDS.primary}`}>
      {icon && <Icon name={icon} size={14} />}
      {children}
    </Link>
  );
}

/** Sends the form around it. */
export function SubmitButton({
  kind = 'plain',
  disabled = false,
  children,
}: {
  readonly kind?: Kind;
  readonly disabled?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <button type="submit" disabled={disabled} className={`${SHAPE} ${KINDS[kind]}`}>
      {children}
    </button>
  );
}
