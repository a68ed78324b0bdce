import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { type ReactNode, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { startLanguage, useLanguage } from './locale/choose-language.ts';
import { normalizeLanguages } from './locale/language-tag.ts';
import { useTimeZone } from './locale/zone.ts';
import { router } from './router.tsx';
import './styles/page.css';
// The first view's styles come with the page, which saves a request.
import './views/overview/overview.css';

const client = new QueryClient({
  defaultOptions: { queries: { retry: false, refetchOnWindowFocus: false, networkMode: 'always' } },
});
const page = document.getElementById('page');
if (page === null) throw new Error('index.html has no element with the id "page"');

/** The page. After a change of its language or time zone all is rendered anew, since both reach every text. */
function Page(): ReactNode {
  const { code } = useLanguage();
  const zone = useTimeZone();
  return <RouterProvider key={`${code} ${zone}`} router={router} />;
}

normalizeLanguages();
await startLanguage();
createRoot(page).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <Page />
    </QueryClientProvider>
  </StrictMode>,
);
