import { Tag } from '../Tag';
import { Button, Divider, Fieldset, Group, SegmentedControl, Select, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Item } from '../model/outline';
import { isMapping } from '../model/render';
import { type Activity, activitiesQuery } from '../queries';
import { DurationField, NumberField } from './fields';
import { FormContext, useChange, useFormStep } from './FormContext';
import { MapField } from './MapField';
import { ObjectFields } from './ValueField';
import { YamlField } from './YamlField';
import type { Path } from '../model/edits';

/** Which activity, with what, how often, and how it is taken back. */
export function RunFields({ item }: { item: Item }) {
  const { t } = useTranslation('runbooks');
  const { data: activities } = useQuery(activitiesQuery);
  const activity = activities?.find(({ name }) => name === item.fields.run);
  return (
    <>
      <ActivityField field={['run']} value={item.fields.run} activities={activities ?? []} />
      {activity != null && (
        <Group gap={6}>
          <Tag
            tone={activity.effect === 'destructive' ? 'fail' : activity.effect === 'reversible' ? 'pause' : 'pending'}
          >
            {t(`effect.${activity.effect as 'none'}`)}
          </Tag>
          <Text size="xs" c="dimmed">
            {activity.title}
          </Text>
        </Group>
      )}
      <Divider label={t('form.arguments')} labelPosition="left" />
      <Arguments field={['with']} activity={activity} value={item.fields.with} />
      <MapField
        field={['workers']}
        label={t('form.workers')}
        description={
          <Text size="xs" c="dimmed">
            {t('form.workersHint')}
          </Text>
        }
        schema={{ type: 'string' }}
        value={item.fields.workers}
      />
      <RetryFields field={['retry']} value={item.fields.retry} />
      <BackFields item={item} activities={activities ?? []} effect={activity?.effect ?? 'none'} />
    </>
  );
}

function ActivityField({ field, value, activities }: { field: Path; value: unknown; activities: readonly Activity[] }) {
  const { t } = useTranslation('runbooks');
  const { set } = useChange();
  const named = typeof value === 'string' ? value : '';
  const known = activities.map(({ name, title }) => ({ value: name, label: `${name} – ${title}` }));
  const data =
    named === '' || activities.some(({ name }) => name === named) ? known : [{ value: named, label: named }, ...known];
  return (
    <Select
      size="xs"
      label={t('form.activity')}
      searchable
      required
      allowDeselect={false}
      nothingFoundMessage={t('picker.nothing')}
      data={data}
      value={named === '' ? null : named}
      onChange={(name) => name != null && set(field, name)}
    />
  );
}

function Arguments({ field, activity, value }: { field: Path; activity: Activity | undefined; value: unknown }) {
  const { t } = useTranslation('runbooks');
  if (activity == null) return <YamlField field={field} label={t('form.arguments')} value={value} />;
  if (Object.keys(activity.arguments.properties ?? {}).length === 0) {
    return (
      <Text size="xs" c="dimmed">
        {t('form.noArguments')}
      </Text>
    );
  }
  return <ObjectFields field={field} schema={activity.arguments} value={value} />;
}

export function RetryFields({ field, value }: { field: Path; value: unknown }) {
  const { t } = useTranslation('runbooks');
  const { set, unset } = useChange();
  if (!isMapping(value)) {
    return (
      <Button size="compact-xs" variant="default" onClick={() => set(field, { attempts: 3, delay: '5s' })}>
        {t('form.addRetry')}
      </Button>
    );
  }
  return (
    <Fieldset legend={t('form.retry')} variant="filled" p="xs">
      <Group gap={8} grow align="flex-end" preventGrowOverflow={false}>
        <NumberField
          field={[...field, 'attempts']}
          label={t('form.attempts')}
          value={value.attempts}
          min={1}
          max={1000}
          integer
          required
        />
        <DurationField field={[...field, 'delay']} label={t('form.delay')} value={value.delay} placeholder="1s" />
        <NumberField
          field={[...field, 'backoff']}
          label={t('form.backoff')}
          value={value.backoff}
          min={1}
          max={100}
          placeholder="2"
        />
        <DurationField
          field={[...field, 'maxDelay']}
          label={t('form.maxDelay')}
          value={value.maxDelay}
          placeholder="1m"
        />
        <NumberField
          field={[...field, 'jitter']}
          label={t('form.jitter')}
          value={value.jitter}
          min={0}
          max={1}
          placeholder="0.2"
        />
      </Group>
      <Button mt={8} size="compact-xs" variant="subtle" color="red" onClick={() => unset(field)}>
        {t('form.removeRetry')}
      </Button>
    </Fieldset>
  );
}

/** How a step is taken back: by an activity, or not at all, which it has to say. */
function BackFields({ item, activities, effect }: { item: Item; activities: readonly Activity[]; effect: string }) {
  const { t } = useTranslation('runbooks');
  const { path } = useFormStep();
  const { set, unset } = useChange();
  const undo = isMapping(item.fields.undo) ? item.fields.undo : null;
  const now = undo != null ? 'undo' : item.fields.irreversible === true ? 'irreversible' : 'none';
  const activity = activities.find(({ name }) => name === undo?.run);
  const choose = (next: string): void => {
    if (next === now) return;
    if (now === 'undo') unset(['undo']);
    if (now === 'irreversible') unset(['irreversible']);
    if (next === 'undo') set(['undo'], { run: item.fields.run ?? '', with: {} });
    if (next === 'irreversible') set(['irreversible'], true);
  };
  return (
    <Fieldset legend={t('form.back')} variant="filled" p="xs">
      <Stack gap={8}>
        <SegmentedControl
          size="xs"
          fullWidth
          aria-label={t('form.back')}
          value={now}
          onChange={choose}
          data={(['none', 'undo', 'irreversible'] as const).map((value) => ({ value, label: t(`back.${value}`) }))}
        />
        {now === 'none' && effect !== 'none' && (
          <Text size="xs" c="var(--tone-fail)">
            {t('form.backNeeded')}
          </Text>
        )}
        {undo != null && (
          <FormContext value={{ path, part: 'undo' }}>
            <ActivityField field={['undo', 'run']} value={undo.run} activities={activities} />
            <Arguments field={['undo', 'with']} activity={activity} value={undo.with} />
            <DurationField field={['undo', 'timeout']} label={t('form.timeout')} value={undo.timeout} />
            <RetryFields field={['undo', 'retry']} value={undo.retry} />
          </FormContext>
        )}
      </Stack>
    </Fieldset>
  );
}
