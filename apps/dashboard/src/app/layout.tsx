import { GeistMono } from 'geist/font/mono';
import type { Metadata, Viewport } from 'next';
import type { ReactNode } from 'react';
import { FleetClient } from '../client/fleet-client.tsx';
import { Frame } from '../frame/frame.tsx';
import './globals.css';

export const metadata: Metadata = {
  title: { default: 'Fleetfit', template: '%s · Fleetfit' },
  description: 'The best compressed version of your model for every class of device, measured on the devices.',
  icons: { icon: '/mark.svg' },
};

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#f7f7f8' },
    { media: '(prefers-color-scheme: dark)', color: '#0d0f11' },
  ],
};

export default function Layout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en" className={GeistMono.variable}>
      <body>
        <FleetClient>
          <Frame>{children}</Frame>
        </FleetClient>
      </body>
    </html>
  );
}
