import { Alert, Modal, ScrollArea, Select, Stack } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { ProblemNotice } from '../ui/ProblemNotice';
import { Rows } from '../ui/Rows';
import { runbookNamesQuery, runbookQuery } from './queries';
import { StartForm } from './start/StartForm';

interface Props {
  opened: boolean;
  close: () => void;
  /** The one to begin with. */
  runbook?: string;
  /** The run whose runbook is started again, with its inputs to begin with. */
  earlier?: Schema<'RunInputs'>;
}

/** Starts a run of a runbook with inputs. */
export function StartDialog({ opened, close, runbook, earlier }: Props) {
  const { t } = useTranslation('runs');
  const { t: shell } = useTranslation('shell');
  const narrow = useMediaQuery('(max-width: 36em)');
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t(earlier == null ? 'startForm.title' : 'startForm.againTitle')}
      size="lg"
      fullScreen={narrow}
      closeButtonProps={{ 'aria-label': shell('action.close') }}
      scrollAreaComponent={ScrollArea.Autosize}
    >
      <Body close={close} initial={earlier?.runbook ?? runbook ?? null} earlier={earlier ?? null} />
    </Modal>
  );
}

interface BodyProps {
  close: () => void;
  initial: string | null;
  earlier: Schema<'RunInputs'> | null;
}

function Body({ close, initial, earlier }: BodyProps) {
  const { t } = useTranslation('runs');
  const [name, setName] = useState(initial);
  const { data: shelf } = useQuery(runbookNamesQuery);
  const { data: runbook, error, isFetching } = useQuery({ ...runbookQuery(name ?? ''), enabled: name != null });
  const gone = earlier != null && earlier.currentDigest == null;
  return (
    <Stack gap="sm">
      {earlier == null && (
        <Select
          label={t('startForm.runbook')}
          placeholder={t('startForm.choose')}
          searchable
          data-autofocus={initial === null ? true : undefined}
          openOnFocus={initial === null}
          value={name}
          onChange={setName}
          data={shelf?.items.map((one) => ({ value: one.name, label: one.name, disabled: !one.valid })) ?? []}
        />
      )}
      {gone && <Alert color="yellow">{t('startForm.gone', { name: earlier.runbook })}</Alert>}
      {error != null && !gone && <ProblemNotice error={error} />}
      {isFetching && runbook == null && <Rows count={4} />}
      {runbook != null && !gone && (
        <StartForm
          key={runbook.digest}
          runbook={runbook}
          earlier={earlier?.runbook === runbook.name ? earlier : null}
          close={close}
        />
      )}
    </Stack>
  );
}
