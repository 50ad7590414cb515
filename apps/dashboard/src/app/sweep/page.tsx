import type { Metadata } from 'next';
import { Suspense } from 'react';
import { SweepPage } from '../../sweep/sweep-page.tsx';

export const metadata: Metadata = { title: 'Sweep' };

// The id stands in the query, `/sweep?id=…`: files that were exported cannot know it.
export default function Page() {
  return (
    <Suspense>
      <SweepPage />
    </Suspense>
  );
}
