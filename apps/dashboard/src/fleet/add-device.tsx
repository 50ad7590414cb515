'use client';
import { sayAgo } from '@fleetfit/sweep/say-numbers';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { asks } from '../client/fleet-client.tsx';
import { ErrorNotice } from '../client/notices.tsx';
import { useKeys } from '../client/use-keys.ts';
import { useNow } from '../client/use-now.ts';
import type { DeviceView } from '../client/views.ts';
import { Button } from '../frame/button.tsx';
import { CloseButton } from '../frame/close-button.tsx';
import { Command, CopyButton } from '../frame/copy-button.tsx';
import { InvitationTime } from './invitation-time.tsx';
import { QrPicture } from './qr-picture.tsx';
import { isLoopback, useInvitation } from './use-invitation.ts';
import { UseThisComputer } from './use-this-computer.tsx';

type Kind = 'phone' | 'camera';

/** How a device gets in: a code that works once, as a picture, a link and letters; then two words that must be the same on both sides. */
export function AddDevice({ pending, onClose }: { readonly pending: readonly DeviceView[]; readonly onClose: () => void }) {
  const [kind, setKind] = useState<Kind>('phone');
  useKeys({ Escape: onClose });
  return (
    <aside
      aria-labelledby="add"
      className="flex flex-col border-line bg-canvas max-lg:order-first max-lg:border-b lg:sticky lg:top-0 lg:h-dvh lg:overflow-y-auto lg:border-l"
    >
      {pending.length > 0 && <WaitingForYou pending={pending} />}
      <div className="p-6 max-sm:px-4">
        <div className="flex items-center justify-between">
          <h2 id="add" className="text-section">
            Add a device
          </h2>
          <CloseButton onClose={onClose} />
        </div>
        <div
          role="group"
          aria-label="Kind of device"
          className="mt-3 grid grid-cols-2 overflow-hidden rounded-control border border-line-2"
        >
          {(['phone', 'camera'] as const).map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={each === kind}
              onClick={() => setKind(each)}
              className={`h-8 max-sm:h-11 pointer-coarse:h-11 ${each === kind ? 'bg-line font-semibold' : 'bg-surface hover:bg-sunken'}`}
            >
              {each === 'phone' ? 'Phone' : 'Camera'}
            </button>
          ))}
        </div>
        <Invite kind={kind} />
      </div>
      <p className="mt-auto p-6 text-label text-ink-3 max-sm:px-4">
        A device gets compressed models, the validation images they are judged on and, once, for a winner, the test images: decoded and
        named by hash. It never sees other devices, file names or labels.
      </p>
    </aside>
  );
}

function Invite({ kind }: { readonly kind: Kind }) {
  const { invited, error, leftMs, expired, renew } = useInvitation();
  if (error)
    return (
      <div className="mt-3">
        <ErrorNotice error={error} />
      </div>
    );
  const said =
    kind === 'phone'
      ? "Scan with the phone's camera and open the page. There is no app to install."
      : 'Run this on a camera or another computer. It needs Node 20 and this network.';
  return (
    <div className="min-h-[380px]">
      <p className="mt-3 text-ink-2">{said}</p>
      {invited && kind === 'phone' && (
        <>
          <div className="mt-3 flex justify-center">
            <QrPicture qr={invited.qr} label="QR code of the link below" faded={expired} />
          </div>
          <p className="mt-3 text-label text-ink-3">or open this link</p>
          <LinkField link={invited.phoneLink} />
          <p className="mt-3 text-label text-ink-3">or type this code at {placeOf(invited.phoneLink)}</p>
          <p className="font-mono text-[22px] leading-8 font-semibold tracking-wide">{invited.code}</p>
        </>
      )}
      {invited && kind === 'camera' && (
        <>
          <div className="mt-3">
            <Command text={`fleetfit join '${invited.link}'`} />
          </div>
          <p className="mt-3 text-label text-ink-3">or give this link to whoever sets it up</p>
          <LinkField link={invited.link} />
          <div className="mt-4 border-t border-line pt-3">
            <p className="text-ink-2">The computer that runs the coordinator can measure too:</p>
            <UseThisComputer />
          </div>
        </>
      )}
      {invited && <InvitationTime leftMs={leftMs} onRenew={renew} />}
      {invited && isLoopback(kind === 'phone' ? invited.phoneLink : invited.link) && <OnlyHere />}
    </div>
  );
}

/** The coordinator answers nobody but its own computer. */
export function OnlyHere() {
  return (
    <p className="mt-2 text-label text-warn">
      It works on the coordinator's own computer only. To let others in, start it with{' '}
      <code className="font-mono">fleetfit up --listen ADDRESS</code>.
    </p>
  );
}

/** A link to read, select and copy. */
function LinkField({ link }: { readonly link: string }) {
  return (
    <div className="mt-1 flex items-center gap-2 rounded-control border border-line-2 bg-surface py-1 pr-1 pl-3">
      <span className="min-w-0 flex-1 truncate font-mono text-label">{link.replace(/^https:\/\//, '')}</span>
      <CopyButton text={link} label="Copy the link" />
    </div>
  );
}

/** Where a code is typed: `192.168.1.20:7444/j`. */
export function placeOf(link: string): string {
  return link.replace(/^[a-z]+:\/\//, '').replace(/#.*$/, '');
}

function WaitingForYou({ pending }: { readonly pending: readonly DeviceView[] }) {
  const now = useNow(5);
  return (
    <section aria-labelledby="waiting" className="border-b border-line bg-surface p-6 max-sm:px-4">
      <h2 id="waiting" className="text-section">
        Waiting for you
      </h2>
      <ul className="flex flex-col gap-4">
        {pending.map((device) => (
          <Waiting key={device.id} device={device} now={now} />
        ))}
      </ul>
    </section>
  );
}

function Waiting({ device, now }: { readonly device: DeviceView; readonly now: number | undefined }) {
  const approve = useMutation(asks.devices.approve.mutationOptions());
  const revoke = useMutation(asks.devices.revoke.mutationOptions());
  const busy = approve.isPending || revoke.isPending;
  const error = approve.error ?? revoke.error;
  return (
    <li className="mt-2">
      <p className="flex items-baseline gap-2">
        <span className="min-w-0 flex-1 truncate">
          <strong>{device.name}</strong> <span className="text-ink-3">{device.classLabel || device.facts.os}</span>
        </span>
        <span className="text-label whitespace-nowrap text-ink-3">{now === undefined ? '' : sayAgo(device.joinedAt, now)}</span>
      </p>
      <p className="mt-1 text-ink-2">Does the device show the same two words?</p>
      <p className="mt-2 rounded-control bg-sunken px-4 py-2 font-mono text-section font-semibold">{device.words}</p>
      <div className="mt-2 flex gap-2">
        <Button kind="primary" icon="check" disabled={busy} onClick={() => approve.mutate({ id: device.id })} className="flex-1">
          Same, let it in
        </Button>
        <Button disabled={busy} onClick={() => revoke.mutate({ id: device.id })} className="flex-1">
          Different
        </Button>
      </div>
      {error && <ErrorNotice error={error} />}
    </li>
  );
}
