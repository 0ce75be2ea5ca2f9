import { Code, Stack, Text } from '@mantine/core';
import { IconBug } from '@tabler/icons-react';
import { Component, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '@mantine/core';
import { Empty } from './Empty';

interface Props {
  children: ReactNode;
  /** Another value clears the error: another page was gone to. */
  resetOn: string;
}

/** Keeps a fault in one page from taking the console with it. */
export class CrashBoundary extends Component<Props, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override componentDidUpdate(before: Props): void {
    if (before.resetOn !== this.props.resetOn && this.state.error != null) this.setState({ error: null });
  }

  override render(): ReactNode {
    return this.state.error == null ? this.props.children : <Crashed error={this.state.error} />;
  }
}

/** What a page shows that broke: also the router's own error page. */
export function Crashed({ error }: { error: Error }) {
  const { t } = useTranslation('shell');
  return (
    <Empty
      icon={IconBug}
      title={t('error.crashed')}
      action={
        <Button size="xs" onClick={() => window.location.reload()}>
          {t('action.reload')}
        </Button>
      }
    >
      <Stack gap="xs">
        <Text size="sm">{t('error.crashedMend')}</Text>
        <Code block>{error.message}</Code>
      </Stack>
    </Empty>
  );
}
