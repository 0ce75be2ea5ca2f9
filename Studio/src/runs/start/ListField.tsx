import { ActionIcon, Group } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { type ReactNode, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useZone, zoneName } from '../../ui/time';
import { type FieldProps, fieldId } from './field';
import { type Draft, emptyDraft, itemOf } from './fields';
import { ScalarField } from './InputField';
import { RowsField } from './RowsField';
import { TimeField } from './TimeField';

type ListDraft = Extract<Draft, { kind: 'list' }>;

/** A list of values of one type, a row each. */
export function ListField({
  input,
  draft,
  change,
  error,
  wrongItem,
  description,
}: FieldProps<ListDraft> & { description: ReactNode }) {
  const { t } = useTranslation('runs');
  const zone = zoneName(useZone());
  const next = useRef(draft.items.length);
  const item = itemOf(input);
  const { items } = draft;
  const put = (changed: ListDraft['items']) => change({ kind: 'list', items: changed });

  const insert = (at: number, drafts: Draft[]) => {
    put(items.toSpliced(at, 0, ...drafts.map((one) => ({ id: next.current++ + 1_000, draft: one }))));
    // The row is drawn first.
    setTimeout(() => document.getElementById(fieldId(input.name, at + drafts.length - 1))?.focus());
  };
  const paste = (event: React.ClipboardEvent, at: number) => {
    const lines = event.clipboardData
      .getData('text')
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '');
    if (lines.length < 2) return;
    event.preventDefault();
    put(
      items.toSpliced(
        at,
        1,
        ...lines.map((text) => ({ id: next.current++ + 1_000, draft: { kind: 'text' as const, text } })),
      ),
    );
  };

  return (
    <RowsField
      input={input}
      error={error}
      description={description}
      empty={items.length === 0 ? t('startForm.listEmpty') : null}
      adds={t('startForm.addItem')}
      addsTo={t('startForm.addItemTo', { name: input.name })}
      add={() => insert(items.length, [emptyDraft(item, zone)])}
    >
      {items.map(({ id, draft: one }, index) => {
        const common = {
          input: item,
          id: fieldId(input.name, index),
          'aria-label': t('startForm.item', { name: input.name, number: index + 1 }),
          change: (changed: Draft) => put(items.with(index, { id, draft: changed })),
        };
        const wrong = wrongItem === index;
        return (
          <Group key={id} gap={6} wrap="nowrap" align="flex-start">
            <div style={{ flex: 1, minWidth: 0 }}>
              {one.kind === 'time' ? (
                <TimeField {...common} draft={one} error={wrong ? error : null} />
              ) : (
                (one.kind === 'text' || one.kind === 'choice') && (
                  <ScalarField
                    {...common}
                    draft={one}
                    error={wrong}
                    onPaste={(event) => one.kind === 'text' && paste(event, index)}
                    onKeyDown={(event) => {
                      if (event.key !== 'Enter' || one.kind !== 'text' || event.nativeEvent.isComposing) return;
                      event.preventDefault();
                      insert(index + 1, [emptyDraft(item, zone)]);
                    }}
                  />
                )
              )}
            </div>
            <ActionIcon
              variant="subtle"
              color="red"
              size={36}
              aria-label={t('startForm.removeItem', { name: input.name, number: index + 1 })}
              onClick={() => put(items.toSpliced(index, 1))}
            >
              <IconTrash size={15} aria-hidden />
            </ActionIcon>
          </Group>
        );
      })}
    </RowsField>
  );
}
