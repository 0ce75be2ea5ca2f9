import { Badge, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Schema } from '../api/client';
import { JsonView } from '../ui/JsonView';
import { Moment } from '../ui/Moment';
import { ProblemNotice } from '../ui/ProblemNotice';
import { Rows } from '../ui/Rows';
import { span } from '../ui/time';
import { Fact } from './Fact';
import { runInputsQuery } from './queries';
import classes from './RunInputs.module.css';
import { isMapping, millisecondsOf } from './start/fields';

/** What a run was started with: by whom, in which lane, of which version, and each input with its type. */
export function RunInputs({ run }: { run: Schema<'RunResponse'> }) {
  const { t } = useTranslation('runs');
  const { data, error } = useQuery(runInputsQuery(run.id));
  if (error != null && data == null) return <ProblemNotice error={error} />;
  if (data == null) return <Rows count={8} />;
  const labels = Object.entries(run.labels);
  return (
    // It scrolls, so the keyboard must reach it.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className={classes.panel} aria-label={t('inputs.label')} tabIndex={0}>
      <dl className={classes.facts}>
        <Fact name={t('inputs.startedBy')}>{data.startedBy}</Fact>
        <Fact name={t('inputs.startedAt')}>
          <Moment at={data.startedAt} as="full" />
        </Fact>
        <Fact name={t('inputs.lane')}>{t(data.lane === 'emergency' ? 'lane.emergency' : 'lane.normal')}</Fact>
        <Fact name={t('inputs.version')}>
          <code>{data.digest.slice(0, 8)}</code> ·{' '}
          {data.currentDigest == null ? (
            t('inputs.gone')
          ) : (
            <Link to="/runbooks/$name/versions" params={{ name: data.runbook }}>
              {t(data.currentDigest === data.digest ? 'inputs.current' : 'inputs.changed')}
            </Link>
          )}
        </Fact>
        {labels.length > 0 && (
          <Fact name={t('inputs.labels')}>{labels.map(([name, value]) => `${name}=${value}`).join(', ')}</Fact>
        )}
      </dl>
      {data.inputs.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('inputs.none')}
        </Text>
      ) : (
        <dl className={classes.inputs}>
          {data.inputs.map((input) => (
            <Input key={input.declaration.name} input={input} />
          ))}
        </dl>
      )}
    </section>
  );
}

function Input({ input: { declaration, value, isDefault, masked } }: { input: Schema<'RunInput'> }) {
  const { t } = useTranslation('runs');
  const { type, items } = declaration;
  return (
    <div>
      <dt>
        <strong>{declaration.name}</strong>
        <Text size="xs" c="dimmed" span>
          {items == null ? typeSaid(type) : t('inputs.listOf', { items: typeSaid(items) })}
        </Text>
        {isDefault && (
          <Badge size="xs" variant="light" color="gray">
            {t('inputs.isDefault')}
          </Badge>
        )}
        {masked && (
          <Badge size="xs" variant="light" color="yellow">
            {t('inputs.masked')}
          </Badge>
        )}
      </dt>
      <dd>
        <Value declaration={declaration} value={value} />
        {declaration.description != null && (
          <Text size="xs" c="dimmed">
            {declaration.description}
          </Text>
        )}
      </dd>
    </div>
  );

  function typeSaid(word: string): string {
    return word in types ? t(`inputs.types.${word as keyof typeof types}`) : word;
  }
}

const types = { string: 0, integer: 0, number: 0, boolean: 0, array: 0, object: 0, duration: 0, time: 0 };

function Value({ declaration, value }: { declaration: Schema<'InputResponse'>; value: unknown }) {
  const { t } = useTranslation('runs');
  const { type, unit, name } = declaration;
  const empty =
    value === '' ||
    (Array.isArray(value) && value.length === 0) ||
    (isMapping(value) && Object.keys(value).length === 0);
  if (empty)
    return (
      <Text size="sm" c="dimmed" fs="italic">
        {t('inputs.empty')}
      </Text>
    );
  if (typeof value === 'boolean') return <span>{t(value ? 'startForm.yes' : 'startForm.no')}</span>;
  if (type === 'time' && typeof value === 'string' && !Number.isNaN(Date.parse(value)))
    return (
      <span>
        <Moment at={value} as="full" /> <code>{value}</code>
      </span>
    );
  if (type === 'duration') {
    const length = typeof value === 'number' ? value * 1_000 : millisecondsOf(String(value));
    return (
      <span>
        {typeof value === 'number' ? `${value}s` : String(value)}
        {length != null && <Text size="xs" c="dimmed" span>{` = ${span(length)}`}</Text>}
      </span>
    );
  }
  if (Array.isArray(value) && value.every((one) => typeof one !== 'object'))
    return (
      <ul className={classes.list}>
        {value.map((one: unknown, index) => (
          <li key={index}>
            {String(one)}
            {unit != null && ` ${unit}`}
          </li>
        ))}
      </ul>
    );
  if (typeof value === 'object') return <JsonView value={value} label={name} />;
  return (
    <span className={classes.text}>
      {String(value)}
      {unit != null && ` ${unit}`}
    </span>
  );
}
