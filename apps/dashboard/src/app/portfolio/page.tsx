import type { Metadata } from 'next';
import { Suspense } from 'react';
import { PortfolioPage } from '../../result/portfolio-page.tsx';

export const metadata: Metadata = { title: 'Portfolio' };

export default function Page() {
  return (
    <Suspense>
      <PortfolioPage />
    </Suspense>
  );
}
