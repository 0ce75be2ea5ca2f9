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
import { type ComponentPropsWithoutRef, type MouseEvent, type ReactElement, useId } from 'react';
import { type Needs, useRefusal } from './access';

type Own = { access: Needs | readonly Needs[] };
type Plain<Props> = Props & Omit<ComponentPropsWithoutRef<'button'>, keyof Props>;

const refused = {
  'data-disabled': true,
  'aria-disabled': true,
  onClick: (event: MouseEvent<HTMLElement>) => event.preventDefault(),
} as const;

const all = (access: Own['access']): readonly Needs[] => (typeof access === 'string' ? [access] : access);

/** What cannot be pressed for want of a role: the reason is shown when it is pointed at or reached, and read out. */
function Refused({
  reason,
  children,
}: {
  reason: string;
  children: (marks: typeof refused & { 'aria-describedby': string }) => ReactElement;
}) {
  const id = useId();
  return (
    <>
      <Tooltip label={reason} multiline maw={320} withArrow events={{ hover: true, focus: true, touch: true }}>
        {children({ ...refused, 'aria-describedby': id })}
      </Tooltip>
      <VisuallyHidden id={id}>{reason}</VisuallyHidden>
    </>
  );
}

/** A button for what asks for a role: who has none of them is told which, and cannot press it. Keyboards and screen readers reach it all the same. */
export function AccessButton({ access, ...props }: Plain<ButtonProps> & Own) {
  const refusal = useRefusal(...all(access));
  if (refusal == null) return <Button {...props} />;
  return (
    <Refused reason={refusal}>{(marks) => <Button {...props} type="button" loading={false} {...marks} />}</Refused>
  );
}

/** The same as an item of a menu, with the reason under its words. */
export function AccessItem({ access, children, ...props }: Plain<MenuItemProps> & Own) {
  const refusal = useRefusal(...all(access));
  if (refusal == null) return <Menu.Item {...props}>{children}</Menu.Item>;
  return (
    <Menu.Item {...props} color={undefined} closeMenuOnClick={false} {...refused}>
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
  if (refusal == null)
    return (
      <Tooltip label={label}>
        <ActionIcon {...props} />
      </Tooltip>
    );
  return <Refused reason={refusal}>{(marks) => <ActionIcon {...props} {...marks} />}</Refused>;
}
