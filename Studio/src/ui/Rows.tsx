import { Skeleton, Stack } from '@mantine/core';

/** The shape of a list before it is there; as high as the list's rows, so that nothing jumps. */
export function Rows({ count = 8, height = 36 }: { count?: number; height?: number }) {
  return (
    <Stack gap={8} p="sm" aria-busy="true" aria-live="polite">
      {Array.from({ length: count }, (_, row) => (
        <Skeleton key={row} height={height - 8} radius="sm" />
      ))}
    </Stack>
  );
}
