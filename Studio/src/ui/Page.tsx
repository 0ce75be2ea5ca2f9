import { Box, Group, Text, Title } from '@mantine/core';
import { useRouterState } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import classes from './Page.module.css';

interface Props {
  title: string;
  /** Beside the title. */
  mark?: ReactNode;
  /** Under the title. */
  subtitle?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  /** The page fills the window and its parts scroll. */
  fill?: boolean;
}

/** A page: its heading takes the focus when it is come to, so that a screen reader begins there. */
export function Page({ title, mark, subtitle, actions, children, fill }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const cameFrom = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  useEffect(() => {
    document.title = `${title} · Orchestrator`;
  }, [title]);
  useEffect(() => {
    if (cameFrom != null && cameFrom !== path) heading.current?.focus({ preventScroll: true });
    // Only where the page changes, not with each filter.
  }, [path]); // eslint-disable-line react-hooks/exhaustive-deps
  return (
    <Box className={classes.page} data-fill={fill}>
      <Group className={classes.head} justify="space-between" gap="sm" align="center">
        <div className={classes.titles}>
          <Group gap="sm" wrap="wrap" align="center">
            <Title order={1} ref={heading} tabIndex={-1} className={classes.title}>
              {title}
            </Title>
            {mark}
          </Group>
          {subtitle != null && (
            <Text size="sm" c="dimmed" component="div">
              {subtitle}
            </Text>
          )}
        </div>
        {actions != null && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Box>
  );
}
