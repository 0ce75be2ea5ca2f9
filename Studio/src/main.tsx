import '@fontsource-variable/inter/wght.css';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './ui/shell.css';
import './i18n/i18n';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { setNonce } from 'get-nonce';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from './api/queryClient';
import { askWhoThisIs } from './identity/identity';
import { startLive } from './live/live';
import { router } from './router';
import { styleNonce } from './ui/nonce';
import { cssVariables, theme } from './ui/theme';

setNonce(styleNonce()); // for what locks the scroll bar behind a dialog
startLive();
// Pages are drawn once for whoever this is, and not once for nobody before it. Their scripts come meanwhile.
void router.load();
await askWhoThisIs();

const root = document.getElementById('root');
if (root == null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <MantineProvider
        theme={theme}
        defaultColorScheme="auto"
        cssVariablesResolver={cssVariables}
        getStyleNonce={styleNonce}
      >
        <Notifications position="top-right" />
        <RouterProvider router={router} />
      </MantineProvider>
    </QueryClientProvider>
  </StrictMode>,
);
