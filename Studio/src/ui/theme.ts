import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

/** Calm blue-greys for a page that is looked at through a night. */
const dark: MantineColorsTuple = [
  '#d5dbe6',
  '#b3bccb',
  '#8d98ab',
  '#5f6b80',
  '#3a4558',
  '#2b3546',
  '#1d2633',
  '#131a24',
  '#0e141c',
  '#090d13',
];

export const theme = createTheme({
  fontFamily:
    "'Inter Variable', system-ui, -apple-system, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'JetBrains Mono', 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  headings: {
    fontWeight: '620',
    sizes: { h1: { fontSize: '20px' }, h2: { fontSize: '16px' }, h3: { fontSize: '14px' } },
  },
  primaryColor: 'indigo',
  primaryShade: { light: 7, dark: 7 },
  defaultRadius: 'md',
  cursorType: 'pointer',
  autoContrast: true,
  colors: { dark },
});

/** Text that is less important must still be legible: Mantine's own dimmed grey is too pale for small text. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#56606f',
    '--mantine-color-placeholder': '#697384',
    // On their own pale ground these must be dark enough to read.
    '--mantine-color-indigo-light-color': '#364fc7',
    '--mantine-color-red-light-color': '#b02121',
    '--mantine-color-red-outline': '#ad2121',
    '--mantine-color-yellow-light-color': '#7a4d00',
    '--mantine-color-body': '#f6f7f9',
    '--studio-card': '#ffffff',
    '--studio-line': '#dfe3e9',
  },
  dark: {
    '--mantine-color-dimmed': '#96a2b5',
    '--mantine-color-placeholder': '#8795aa',
    '--mantine-color-body': '#0f151d',
    '--studio-card': '#161e29',
    '--studio-line': '#27313f',
  },
});
