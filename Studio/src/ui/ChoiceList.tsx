import { CloseButton, Combobox, ScrollArea, Text, TextInput, useCombobox } from '@mantine/core';
import { type Icon, IconSearch } from '@tabler/icons-react';
import { type KeyboardEvent, type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './ChoiceList.module.css';
import type { Tone } from './status';

export interface Choice {
  id: string;
  title: string;
  hint?: string;
  icon?: Icon;
  tone?: Tone;
  /** Behind its words. */
  mark?: ReactNode;
}

interface Props<C extends Choice> {
  label: string;
  placeholder: string;
  /** Said where nothing is found. */
  nothing: string;
  typed: string;
  type: (text: string) => void;
  /** In order; those without choices are left out. */
  groups: { label: string; choices: C[] }[];
  choose: (choice: C) => void;
  /** Closes the dialog that it is in, without a choice. */
  close: () => void;
  /** Hints are sentences: each under its title. */
  hintsBelow?: boolean;
  foot?: ReactNode;
}

/** Choices in groups, narrowed by typing: the first that fits is the one that Enter takes. */
export function ChoiceList<C extends Choice>(props: Props<C>) {
  const { label, placeholder, nothing, typed, type, groups, choose, close, hintsBelow, foot } = props;
  const { t } = useTranslation('shell');
  const choices = groups.flatMap((group) => group.choices);
  const combobox = useCombobox({ opened: true });
  const first = combobox.selectFirstOption;
  useEffect(() => void first(), [choices.length, typed]); // eslint-disable-line react-hooks/exhaustive-deps
  // Who types faster than the list is drawn means the first all the same.
  const onKey = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const [only] = choices;
    // The list is always open, so a field with a list would keep this key for itself, and the dialog open.
    if (event.key === 'Escape') close();
    else if (event.key === 'Enter' && only != null && combobox.getSelectedOptionIndex() < 0) choose(only);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <Combobox
      store={combobox}
      onOptionSubmit={(id) => {
        const choice = choices.find((one) => one.id === id);
        if (choice != null) choose(choice);
      }}
    >
      <Combobox.EventsTarget>
        <TextInput
          data-autofocus
          size="md"
          variant="unstyled"
          className={classes.input}
          leftSection={<IconSearch size={18} aria-hidden />}
          placeholder={placeholder}
          aria-label={label}
          value={typed}
          onChange={(event) => type(event.currentTarget.value)}
          onKeyDownCapture={onKey}
          rightSection={<CloseButton aria-label={t('action.close')} onClick={close} />}
        />
      </Combobox.EventsTarget>
      <ScrollArea.Autosize mah="54vh" type="auto" className={classes.list}>
        <Combobox.Options aria-label={label}>
          {choices.length === 0 && <Combobox.Empty>{nothing}</Combobox.Empty>}
          {groups
            .filter((group) => group.choices.length > 0)
            .map((group) => (
              <Combobox.Group key={group.label} label={group.label}>
                {group.choices.map((choice) => (
                  <Option key={choice.id} choice={choice} hintsBelow={hintsBelow === true} />
                ))}
              </Combobox.Group>
            ))}
        </Combobox.Options>
      </ScrollArea.Autosize>
      {foot != null && <p className={classes.hint}>{foot}</p>}
    </Combobox>
  );
}

function Option({ choice, hintsBelow }: { choice: Choice; hintsBelow: boolean }) {
  const { id, icon: Icon, tone, title, hint, mark } = choice;
  return (
    <Combobox.Option value={id} className={classes.option}>
      {Icon != null && (
        <span data-tone={tone} className={classes.icon}>
          <Icon size={17} aria-hidden />
        </span>
      )}
      <span className={classes.texts} data-below={hintsBelow}>
        <span>{title}</span>
        {hint != null && hint !== '' && (
          <Text span size="xs" c="dimmed" lineClamp={1}>
            {hint}
          </Text>
        )}
      </span>
      {mark}
    </Combobox.Option>
  );
}
