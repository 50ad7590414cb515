import type { Metadata } from 'next';
import { Suspense } from 'react';
import { CandidatePage } from '../../candidate/candidate-page.tsx';

export const metadata: Metadata = { title: 'Candidate' };

export default function Page() {
  return (
    <Suspense>
      <CandidatePage />
    </Suspense>
  );
}
