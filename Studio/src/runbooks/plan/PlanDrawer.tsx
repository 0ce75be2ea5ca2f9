import { Tag } from '../Tag';
import { Button, Drawer, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconListCheck } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useEffect, useEffectEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { wrongSaid } from '../../runs/start/field';
import { type Draft, readDraft, startDraft } from '../../runs/start/fields';
import { InputField } from '../../runs/start/InputField';
import '../../runs/texts';
import { Empty } from '../../ui/Empty';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { Rows } from '../../ui/Rows';
import { useZone, zoneName } from '../../ui/time';
import { useDesign, useDesignState } from '../design/useDesign';
import { declaredInput } from '../forms/inputSchema';
import { isMapping, renderInline } from '../model/render';
import classes from './Plan.module.css';
import { type Plan, type PlanLine, planOf, stepOfLine } from './plan';

interface Props {
  opened: boolean;
  close: () => void;
  name: string;
}

/** What a run of the text would touch, in order, and what cannot be undone. Nothing is started. */
export function PlanDrawer({ opened, close, name }: Props) {
  const { t } = useTranslation('runbooks');
  const { t: shell } = useTranslation('shell');
  return (
    <Drawer
      opened={opened}
      onClose={close}
      position="right"
      size="xl"
      title={t('plan.title')}
      closeButtonProps={{ 'aria-label': shell('action.close') }}
    >
      <Body name={name} close={close} />
    </Drawer>
  );
}

function Body({ name, close }: { name: string; close: () => void }) {
  const { t } = useTranslation('runbooks');
  const { t: runs } = useTranslation('runs');
  const design = useDesign();
  const declared = useDesignState((state) => state.outline?.header.inputs);
  const inputs = isMapping(declared)
    ? Object.entries(declared).map(([key, value]) => declaredInput(key, isMapping(value) ? value : {}))
    : [];
  const zone = zoneName(useZone());
  const [drafts, setDrafts] = useState<Record<string, Draft>>({});
  const [sent, setSent] = useState(false);
  const read = inputs.map((input) => {
    const draft = drafts[input.name] ?? startDraft(input, zone);
    return { input, draft, ...readDraft(input, draft) };
  });
  const plan = useMutation({
    mutationFn: () =>
      planOf(
        design.text,
        `${name}.yaml`,
        Object.fromEntries(
          read.filter(({ value }) => value !== undefined).map(({ input, value }) => [input.name, value]),
        ),
        new AbortController().signal,
      ),
  });
  const first = useEffectEvent(() => plan.mutate());
  useEffect(() => first(), []);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setSent(true);
    if (!read.some(({ wrong }) => wrong)) plan.mutate();
  };
  return (
    <Stack gap="md">
      {inputs.length > 0 && (
        <form onSubmit={submit} noValidate>
          <div className={classes.inputs}>
            {read.map(({ input, draft, wrong }) => (
              <InputField
                key={input.name}
                input={input}
                draft={draft}
                change={(next) => setDrafts((before) => ({ ...before, [input.name]: next }))}
                error={sent && wrong != null ? wrongSaid(runs, wrong) : null}
                wrongItem={wrong?.item}
              />
            ))}
          </div>
          <Button mt="xs" size="xs" type="submit" variant="default" loading={plan.isPending}>
            {t('plan.again')}
          </Button>
        </form>
      )}
      {plan.isPending && plan.data == null && <Rows count={8} />}
      {plan.error != null && <ProblemNotice error={plan.error} retry={() => plan.mutate()} />}
      {plan.data != null && plan.error == null && (
        <Lines
          plan={plan.data}
          open={(path) => {
            const { outline } = design.snapshot();
            const step = outline == null ? null : stepOfLine(outline, path);
            if (step == null) return;
            close();
            design.select(step);
          }}
        />
      )}
    </Stack>
  );
}

function Lines({ plan, open }: { plan: Plan; open: (path: string) => void }) {
  const { t } = useTranslation('runbooks');
  if (plan.lines.length === 0) {
    return (
      <Empty icon={IconListCheck} title={t('plan.empty')}>
        {t('plan.emptyHint')}
      </Empty>
    );
  }
  return (
    <Stack gap="sm">
      <Text size="sm">{t('plan.summary', { count: plan.lines.filter(({ kind }) => kind === 'run').length })}</Text>
      {plan.irreversible.length > 0 && (
        <div className={classes.warning} data-tone="fail">
          <IconAlertTriangle size={16} aria-hidden />
          <div>
            <Text size="sm" fw={600}>
              {t('plan.irreversible', { count: plan.irreversible.length })}
            </Text>
            <Text size="xs" ff="monospace">
              {plan.irreversible.join(', ')}
            </Text>
          </div>
        </div>
      )}
      {plan.preauthorised != null && <Text size="sm">{t('plan.preauthorised', { reason: plan.preauthorised })}</Text>}
      {plan.locks.length > 0 && (
        <Text size="sm">
          {t('plan.locks')} <code>{plan.locks.join(', ')}</code>
        </Text>
      )}
      {plan.diagnostics.map(({ line, column, code, message }) => (
        <div key={`${line}:${column}:${code}`} className={classes.warning} data-tone="pause">
          <IconAlertTriangle size={16} aria-hidden />
          <Text size="sm">{message}</Text>
        </div>
      ))}
      <ol className={classes.lines} aria-label={t('plan.lines')}>
        {plan.lines.map((line, index) => (
          <Line key={index} line={line} open={open} />
        ))}
      </ol>
    </Stack>
  );
}

function Line({ line, open }: { line: PlanLine; open: (path: string) => void }) {
  const { t } = useTranslation('runbooks');
  return (
    <li className={classes.line} style={{ paddingInlineStart: 8 + line.depth * 18 }} data-skipped={line.skipped}>
      <button type="button" className={classes.path} onClick={() => open(line.path)}>
        {line.title ?? line.path.split('/').at(-1)}
      </button>
      <span className={classes.what}>
        {line.activity ?? line.kind}
        {line.detail != null && ` · ${line.detail}`}
        {isMapping(line.arguments) && Object.keys(line.arguments).length > 0 && ` ${renderInline(line.arguments)}`}
      </span>
      <Group gap={4} wrap="nowrap">
        {line.when != null && (
          <Tag tone="pending">
            {t('plan.onlyIf')} {line.when}
          </Tag>
        )}
        {line.roles.length > 0 && <Tag tone="approval">{`${line.quorum ?? 1} × ${line.roles.join(' | ')}`}</Tag>}
        {line.effect != null && line.effect !== 'none' && (
          <Tag tone={line.effect === 'destructive' ? 'fail' : 'pause'}>
            {t(`effect.${line.effect as 'reversible'}`)}
          </Tag>
        )}
        {line.irreversible && <Tag tone="fail">{t('back.irreversible')}</Tag>}
        {line.undo != null && <Tag tone="undo">{t('plan.undo', { name: line.undo })}</Tag>}
      </Group>
    </li>
  );
}
