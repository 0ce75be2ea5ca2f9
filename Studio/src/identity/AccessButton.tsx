import {
  ActionIcon,
  type ActionIconProps,
  Button,
  type ButtonProps,
  Menu,
  type MenuItemProps,
  Text,
  Tooltip,
  VisuallyHidden,
} from '@mantine/core';
import { type ComponentPropsWithoutRef, useId } from 'react';
import { type Needs, useRefusal } from './access';

type Own = { access: Needs | readonly Needs[] };
type Plain<Props> = Props & Omit<ComponentPropsWithoutRef<'button'>, keyof Props>;

const all = (access: Own['access']): readonly Needs[] => (typeof access === 'string' ? [access] : access);

/** A button for what asks for a role: who has none of them is told which, and cannot press it. Keyboards and screen readers reach it all the same. */
export function AccessButton({ access, ...props }: Plain<ButtonProps> & Own) {
  const refusal = useRefusal(...all(access));
  const id = useId();
  if (refusal == null) return <Button {...props} />;
  return (
    <>
      <Tooltip label={refusal} multiline maw={320} withArrow events={{ hover: true, focus: true, touch: true }}>
        <Button
          {...props}
          type="button"
          loading={false}
          data-disabled
          aria-disabled
          aria-describedby={id}
          onClick={(event) => event.preventDefault()}
        />
      </Tooltip>
      <VisuallyHidden id={id}>{refusal}</VisuallyHidden>
    </>
  );
}

/** The same as an item of a menu, with the reason under its words. */
export function AccessItem({ access, children, ...props }: Plain<MenuItemProps> & Own) {
  const refusal = useRefusal(...all(access));
  if (refusal == null) return <Menu.Item {...props}>{children}</Menu.Item>;
  return (
    <Menu.Item
      {...props}
      color={undefined}
      aria-disabled
      data-disabled
      closeMenuOnClick={false}
      onClick={(event) => event.preventDefault()}
    >
      {children}
      <Text size="xs" maw={260}>
        {refusal}
      </Text>
    </Menu.Item>
  );
}

/** The same as a small button that is an icon, with its label beside it when pointed at. */
export function AccessIcon({ access, label, ...props }: Plain<ActionIconProps> & Own & { label: string }) {
  const refusal = useRefusal(...all(access));
  const id = useId();
  if (refusal == null)
    return (
      <Tooltip label={label}>
        <ActionIcon {...props} />
      </Tooltip>
    );
  return (
    <>
      <Tooltip label={refusal} multiline maw={320} withArrow events={{ hover: true, focus: true, touch: true }}>
        <ActionIcon
          {...props}
          data-disabled
          aria-disabled
          aria-describedby={id}
          onClick={(event) => event.preventDefault()}
        />
      </Tooltip>
      <VisuallyHidden id={id}>{refusal}</VisuallyHidden>
    </>
  );
}
