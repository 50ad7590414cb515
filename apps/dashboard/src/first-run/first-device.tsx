'use client';
import Link from 'next/link';
import { ErrorNotice } from '../client/notices.tsx';
import type { DeviceView } from '../client/views.ts';
import { OnlyHere, placeOf } from '../fleet/add-device.tsx';
import { InvitationTime } from '../fleet/invitation-time.tsx';
import { QrPicture } from '../fleet/qr-picture.tsx';
import { isLoopback, useInvitation } from '../fleet/use-invitation.ts';
import { UseThisComputer } from '../fleet/use-this-computer.tsx';
import { Command } from '../frame/copy-button.tsx';
import { StateMark } from '../frame/icon.tsx';

/** The ways in for a first device: a phone by its picture or code, a camera by a command, this computer by a click. */
export function FirstDevice({ pending }: { readonly pending: readonly DeviceView[] }) {
  const { invited, error, leftMs, expired, renew } = useInvitation();
  if (error) return <ErrorNotice error={error} />;
  const onlyHere = invited !== undefined && isLoopback(invited.phoneLink);
  return (
    <>
      <p className="text-ink-2">Scan this with a phone on the same network. Open the page it leads to; there is no app to install.</p>
      <div className="mt-3 flex flex-wrap items-start gap-x-8 gap-y-4">
        <div className="w-[200px]">
          {invited ? (
            <QrPicture qr={invited.qr} label={`QR code that leads to ${placeOf(invited.phoneLink)}`} faded={expired} />
          ) : (
            <div className="aspect-square rounded-tile bg-sunken" />
          )}
        </div>
        <div className="min-w-0 flex-1 basis-80">
          {invited && (
            <>
              <p className="text-label text-ink-3">Or type this code at {placeOf(invited.phoneLink)}</p>
              <p className="font-mono text-[24px] leading-8 font-semibold tracking-wide">{invited.code}</p>
              <p className="mt-3 mb-1 text-label text-ink-3">Camera or computer: run this on it</p>
              <Command text={`fleetfit join '${invited.link}'`} />
              <div className="max-w-80">
                <InvitationTime leftMs={leftMs} onRenew={renew} />
              </div>
            </>
          )}
          <div className="mt-2 flex flex-wrap items-center gap-x-2 text-ink-2">
            <StateMark kind={pending.length > 0 ? 'waiting' : 'off'} />
            {pending.length > 0 ? (
              <Link href="/fleet" className="font-medium text-accent">
                {pending.length === 1 ? 'A device waits' : `${pending.length} devices wait`} for you: compare the two words
              </Link>
            ) : (
              <>
                <span>Waiting for a first device.</span>
                <UseThisComputer words="Use this computer instead" />
              </>
            )}
          </div>
        </div>
      </div>
      {onlyHere && <OnlyHere />}
    </>
  );
}
